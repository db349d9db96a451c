/** First lines and chunks that parsers read differently. */
import { type Add, CHAT, type Parts, type RawCase } from './parts.ts';

const METHODS = [
  'post',
  'Post',
  'POST\0',
  ' POST',
  'POST ',
  '\tPOST',
  'PO ST',
  'GET',
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'M-SEARCH',
  'FOO',
  'POST/',
  '"POST"',
  '',
  'QUERY',
  'SOURCE',
  'PURGE',
  'POSTPOSTPOST',
];
const TARGETS = [
  '',
  '*',
  '/',
  '//',
  `/${CHAT}`,
  `${CHAT}/`,
  `${CHAT}?a=b`,
  `${CHAT}?`,
  `${CHAT}#a`,
  `${CHAT}\0`,
  `${CHAT}%00`,
  `${CHAT}%20`,
  `${CHAT};a=b`,
  `/./${CHAT.slice(1)}`,
  `/v1/../v1/chat/completions`,
  '/v1%2fchat%2fcompletions',
  '/v1/chat%2Fcompletions',
  '/v1/chat/./completions',
  '/v1//chat/completions',
  '\\v1\\chat\\completions',
  'http://a/v1/chat/completions',
  'HTTP://a/v1/chat/completions',
  'https://b/v1/chat/completions',
  '//b/v1/chat/completions',
  'a:80',
  'a',
  'v1/chat/completions',
  `${CHAT}\t`,
  `${CHAT} x`,
  `${CHAT}\x7f`,
  `${CHAT}\xe9`,
  `${CHAT}?\xff`,
  `${CHAT}"`,
  `${CHAT}<`,
  `${CHAT}|`,
  `${CHAT}{}`,
  '/V1/CHAT/COMPLETIONS',
  '/v1/chat/completions%0d%0aX:%20y',
  `/${'a'.repeat(3_000)}`,
  `${CHAT}?${'a'.repeat(3_000)}`,
  '/internal/usage/req_1',
  '/metrics',
  '/v1/models/../chat/completions',
];
const VERSIONS = [
  'HTTP/1.0',
  'HTTP/0.9',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/2',
  'HTTP/1',
  'HTTP/1.',
  'HTTP/1.10',
  'HTTP/01.1',
  'HTTP/1.01',
  'http/1.1',
  'Http/1.1',
  'HTTP 1.1',
  'HTTP/1,1',
  'HTTPS/1.1',
  'RTSP/1.0',
  'ICE/1.0',
  '',
  'HTTP/1.1 ',
  'HTTP/1.1\t',
  'HTTP/1.1\0',
  'HTTP/1.1 x',
  ' HTTP/1.1',
  '\tHTTP/1.1',
  'HTTP/1.1\r',
  'HTTP/-1.1',
  'HTTP/9.9',
  'HTTP/1.1.1',
];

export function addRequestLines(parts: Parts, add: Add): void {
  const length = [`Content-Length: ${parts.body.length}`];
  const line = (name: string, start: string, wanted: RawCase['wanted'] = 'refused') =>
    add(wanted, `${name} ${JSON.stringify(start).slice(0, 90)}`, parts.request(length, parts.body, start));
  for (const method of METHODS) {
    // More than one space is taken for one.
    line('method', `${method} ${CHAT} HTTP/1.1`, method === 'POST ' ? 'alike' : 'refused');
  }
  for (const target of TARGETS) {
    line('target', `POST ${target} HTTP/1.1`, target.startsWith(`${CHAT}?`) ? 'alike' : 'refused');
    line('target of GET', `GET ${target} HTTP/1.1`);
  }
  for (const version of VERSIONS) line('version', `POST ${CHAT} ${version}`, 'alike');
  for (const gap of ['  ', '\t', ' \t', '\x0b', '\x0c', '\0', '\r', '\n', '\xa0', '']) {
    const wanted = gap === '  ' ? 'alike' : 'refused';
    line('gap', `POST${gap}${CHAT} HTTP/1.1`, wanted);
    line('gap', `POST ${CHAT}${gap}HTTP/1.1`, wanted);
  }
}

const CHUNK_SIZES = [
  'N',
  '0N',
  '00000000N',
  '000000000000000000N',
  '0xN',
  '+N',
  '-N',
  ' N',
  'N ',
  '\tN',
  'N\t',
  'N;',
  'N;a',
  'N;a=b',
  'N;a="b"',
  'N; a=b',
  'N ;a',
  'N;a=b;c=d',
  'N;\0',
  'N;a\rb',
  'N;a\nb',
  'N\x0b',
  'N.0',
  'Nh',
  'NG',
  'N,N',
  '',
  ' ',
  'g',
  'FFFFFFFFFFFFFFFF',
  'FFFFFFFFFFFFFFFFF',
  '10000000000000000',
  '7FFFFFFFFFFFFFFF',
  `N;${'a'.repeat(5_000)}`,
  `N;${'a'.repeat(20_000)}`,
  '"N"',
  'N N',
  '\xc2\xb9',
];

export function addChunks(parts: Parts, add: Add): void {
  const hex = parts.body.length.toString(16);
  for (const size of CHUNK_SIZES) {
    const line = size.replaceAll('N', hex);
    add(
      'alike',
      `chunk size ${JSON.stringify(size).slice(0, 60)}`,
      parts.chunked(`${line}\r\n${parts.body}\r\n0\r\n\r\n`),
    );
    add(
      'alike',
      `last chunk size ${JSON.stringify(size).slice(0, 60)}`,
      parts.chunked(`${hex}\r\n${parts.body}\r\n${size.replaceAll('N', '0')}\r\n\r\n`),
    );
  }
  for (const end of ['\n', '\r', '\n\r', '\r\r\n', '\r\n\n', '', ' \r\n', '\0\r\n', 'x\r\n', '\r\nx']) {
    const name = JSON.stringify(end);
    add('alike', `end of size ${name}`, parts.chunked(`${hex}${end}${parts.body}\r\n0\r\n\r\n`));
    add('alike', `end of chunk ${name}`, parts.chunked(`${hex}\r\n${parts.body}${end}0\r\n\r\n`));
    add('alike', `end of last size ${name}`, parts.chunked(`${hex}\r\n${parts.body}\r\n0${end}\r\n`));
    add('alike', `end of all ${name}`, parts.chunked(`${hex}\r\n${parts.body}\r\n0\r\n${end}`));
  }
  const trailers = [
    'X-A: b',
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'Host: b',
    ' X: y',
    'X',
    'X:\0',
    `X: ${'a'.repeat(20_000)}`,
    'Authorization: Bearer x',
  ];
  for (const trailer of trailers) {
    add(
      'alike',
      `trailer ${JSON.stringify(trailer).slice(0, 60)}`,
      parts.chunked(`${hex}\r\n${parts.body}\r\n0\r\n${trailer}\r\n\r\n`),
    );
    add(
      'alike',
      `announced ${JSON.stringify(trailer).slice(0, 60)}`,
      parts.chunked(`${hex}\r\n${parts.body}\r\n0\r\n${trailer}\r\n\r\n`, ['Trailer: X-A']),
    );
  }
  const single = [...parts.body].map((letter) => `1\r\n${letter}\r\n`).join('');
  add('alike', 'a chunk for each byte', parts.chunked(`${single}0\r\n\r\n`));
  add(
    'refused',
    'chunks in HTTP/1.0',
    parts.request(['Transfer-Encoding: chunked'], parts.asChunks(), `POST ${CHAT} HTTP/1.0`),
  );
}
