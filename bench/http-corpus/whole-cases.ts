/** Whole requests: line ends, hidden requests, sizes, bodies, cuts. */
import { type Add, asBytes, type Parts } from './parts.ts';

export function addLineEnds(parts: Parts, add: Add): void {
  const whole = parts.plain();
  const head = whole.slice(0, -parts.body.length);
  const ends: Readonly<Record<string, string>> = {
    'LF only': '\n',
    'CR only': '\r',
    'LF CR': '\n\r',
    'CR CR LF': '\r\r\n',
    'CR LF LF': '\r\n\n',
    zero: '\0',
    'vertical tab': '\x0b',
    'line separator': '\u2028',
    'next line': '\x85',
    'space before': ' \r\n',
    'tab before': '\t\r\n',
  };
  for (const [name, end] of Object.entries(ends)) {
    add('alike', `all lines end with ${name}`, head.replaceAll('\r\n', end) + parts.body);
    for (let line = 0; line < 5; line++) {
      const lines = head.split('\r\n');
      const changed = lines
        .map((text, i) => text + (i === lines.length - 1 ? '' : i === line ? end : '\r\n'))
        .join('');
      add('alike', `line ${line} ends with ${name}`, changed + parts.body);
    }
  }
  for (const before of [
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ' ',
    '\t',
    '\0',
    '\xef\xbb\xbf',
    '\r\n'.repeat(50),
    '\n'.repeat(50),
  ]) {
    add('alike', `${JSON.stringify(before).slice(0, 30)} before it`, before + whole);
    add('alike', `${JSON.stringify(before).slice(0, 30)} between two`, whole + before + whole);
  }
}

export function addSmuggling(parts: Parts, add: Add): void {
  const hidden = parts.plain().replace('hi', 'hidden');
  const length = (text: string) => `Content-Length: ${text.length}`;
  const pairs: Readonly<Record<string, string>> = {
    'length then chunks': parts.request(
      [length(`0\r\n\r\n${hidden}`), 'Transfer-Encoding: chunked'],
      `0\r\n\r\n${hidden}`,
    ),
    'chunks then length': parts.request(
      ['Transfer-Encoding: chunked', 'Content-Length: 4'],
      parts.asChunks(hidden),
    ),
    'two encodings': parts.request(
      ['Transfer-Encoding: chunked', 'Transfer-encoding: x'],
      parts.asChunks(hidden),
    ),
    'a hidden encoding': parts.request([length(hidden), 'X: y\nTransfer-Encoding: chunked'], hidden),
    'an encoding after a space': parts.request(
      [length(`0\r\n\r\n${hidden}`), 'Transfer-Encoding : chunked'],
      `0\r\n\r\n${hidden}`,
    ),
    'an encoding in a folded line': parts.request(
      [length(hidden), 'X: y', ' Transfer-Encoding: chunked'],
      hidden,
    ),
    'a connection that names the length': parts.request(
      [length(hidden), 'Connection: content-length'],
      hidden,
    ),
    'a length of zero': parts.request(['Content-Length: 0', 'Content-Length: 9'], hidden),
    'an upgrade': parts.request([length(hidden), 'Connection: Upgrade', 'Upgrade: websocket'], hidden),
    'an upgrade to h2c': parts.request(
      [length(hidden), 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAA'],
      hidden,
    ),
    'a body on GET': parts.request([length(hidden)], hidden, 'GET /v1/models HTTP/1.1'),
    'chunks on GET': parts.request(
      ['Transfer-Encoding: chunked'],
      parts.asChunks(hidden),
      'GET /v1/models HTTP/1.1',
    ),
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  };
  for (const [name, text] of Object.entries(pairs)) {
    add('refused', `${name}, alone`, text);
    add('alike', `${name}, before another`, text + parts.plain());
    add('alike', `${name}, after another`, parts.plain() + text);
  }
  const headers = [
    'X-Inventiv-Org: other',
    'X-Forwarded-For: 1.2.3.4',
    'X-Forwarded-Host: b',
    'Forwarded: for=1',
    'Via: x',
    'TE: trailers',
    'Cookie: a=b',
    'X-Request-Id: mine',
    'X-HTTP-Method-Override: GET',
    'Connection: close',
    'Connection: keep-alive',
    'Keep-Alive: timeout=1',
    'Expect: 100-continue',
    'Expect: x',
    'Proxy-Connection: close',
    'Max-Forwards: 0',
    'Range: bytes=0-1',
  ];
  for (const header of headers) {
    const wanted = header === 'Expect: x' ? 'alike' : 'served';
    add(wanted, `with ${header}`, parts.request([length(parts.body), header]));
  }
  const refused = [
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'X_Api_Key: a',
    'x-api-key: b',
    'Authorization: Bearer b',
    'Host: b',
    'Upgrade: h2c',
  ];
  for (const header of refused) add('refused', `with ${header}`, parts.request([length(parts.body), header]));
  for (const host of [
    '',
    'a/x?y#z',
    'a b',
    'a@b',
    'a,b',
    'a:99999999',
    '[::1',
    'a\\b',
    '%61',
    'a:b',
    'http://a',
  ]) {
    add(host === '' ? 'alike' : 'refused', `host ${host}`, parts.plain().replace('Host: a', `Host: ${host}`));
  }
  for (const count of [2, 3, 10, 40]) add('served', `${count} in a row`, parts.plain().repeat(count));
}

export function addSizes(parts: Parts, add: Add): void {
  const length = `Content-Length: ${parts.body.length}`;
  for (const count of [50, 97, 98, 120, 500, 2_500]) {
    const many = Array.from({ length: count }, (_, i) => `H${i}: a`);
    add('alike', `${count} headers`, parts.request([length, ...many]));
    add('alike', `${count} equal headers`, parts.request([length, ...many.map(() => 'X-A: b')]));
  }
  for (const size of [1_000, 8_000, 15_000, 16_384, 17_000, 70_000, 1_000_000]) {
    add(
      size < 16_000 ? 'served' : 'refused',
      `a header of ${size}`,
      parts.request([length, `X: ${'a'.repeat(size)}`]),
    );
    add('refused', `a name of ${size}`, parts.request([length, `${'a'.repeat(size)}_: b`]));
    add('refused', `no line end in ${size}`, 'a'.repeat(size));
    add(
      'refused',
      `an address of ${size}`,
      parts.request([length], parts.body, `POST /${'a'.repeat(size)} HTTP/1.1`),
    );
  }
}

export function addBodies(parts: Parts, add: Add): void {
  const inside = parts.body.slice(1, -1);
  const odd: Readonly<Record<string, string | Buffer>> = {
    empty: '',
    'no JSON': 'x',
    half: parts.body.slice(0, -5),
    'a list': '[]',
    'a number': '1',
    null: 'null',
    'a text': '"a"',
    'a zero byte': `${parts.body}\0`,
    'a byte order mark': `\xef\xbb\xbf${parts.body}`,
    'not UTF-8': `{"model":"\xff"}`,
    'depth 10,000': `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},${inside}}`,
    'open depth': '['.repeat(50_000),
    'the same key twice': `{"model":"b",${inside}}`,
    __proto__: `{"__proto__":{"model":"x"},${inside}}`,
    'half a surrogate': `{"a":"\\ud800",${inside}}`,
    '1e999': `{"a":1e999,${inside}}`,
    'a long number': `{"a":${'9'.repeat(5_000)},${inside}}`,
    'single quotes': parts.body.replaceAll('"', "'"),
    'a comment': `/**/${parts.body}`,
    'a comma too many': `{${inside},}`,
    'stream as text': `{"stream":"true",${inside}}`,
    'stream as number': `{"stream":1,${inside}}`,
    'a stream': `{"stream":true,${inside}}`,
    'a stream with usage': `{"stream":true,"stream_options":{"include_usage":true},${inside}}`,
    'a line break in the model': '{"model":"a\\r\\nx: y"}',
    'a huge model': `{"model":"${'a'.repeat(50_000)}"}`,
    'one megabyte': `{"a":"${'x'.repeat(1_000_000)}",${inside}}`,
    'too much': `{"a":"${'x'.repeat(3_000_000)}",${inside}}`,
  };
  for (const [name, body] of Object.entries(odd)) {
    const text = asBytes(body).toString('latin1');
    add('alike', `body: ${name}`, parts.plain(text));
    add('alike', `body in chunks: ${name}`, parts.chunked(text === '' ? '0\r\n\r\n' : parts.asChunks(text)));
  }
}

export function addSplits(parts: Parts, add: Add): void {
  const whole = parts.plain();
  for (let cut = 1; cut < whole.length; cut++)
    add('served', `cut at ${cut}`, whole.slice(0, cut), whole.slice(cut));
  const chunked = parts.chunked(parts.asChunks());
  for (let cut = 1; cut < chunked.length; cut += 3)
    add('served', `chunks cut at ${cut}`, chunked.slice(0, cut), chunked.slice(cut));
  const two = whole + whole;
  for (let cut = 1; cut < two.length; cut += 11)
    add('served', `two, cut at ${cut}`, two.slice(0, cut), two.slice(cut));
  add('served', 'byte by byte', ...whole.split(''));
}
