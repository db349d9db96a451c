/** Headers that parsers read differently: names, values, encodings, lengths. */
import { type Add, CHAT, type Parts } from './parts.ts';

const HEADERS = ['Host', 'Content-Length', 'Transfer-Encoding', 'Authorization', 'Content-Type', 'X-Any'];

export function addHeaderTricks(parts: Parts, add: Add): void {
  const values: Readonly<Record<string, string>> = {
    Host: 'a',
    'Content-Length': String(parts.body.length),
    'Transfer-Encoding': 'chunked',
    Authorization: parts.auth.slice('Authorization: '.length),
    'Content-Type': 'application/json',
    'X-Any': 'b',
  };
  const tricks: Readonly<Record<string, (name: string, value: string) => string>> = {
    'space before the colon': (name, value) => `${name} : ${value}`,
    'tab before the colon': (name, value) => `${name}\t: ${value}`,
    'space before the name': (name, value) => ` ${name}: ${value}`,
    'tab before the name': (name, value) => `\t${name}: ${value}`,
    'no colon': (name, value) => `${name} ${value}`,
    'no name': (_name, value) => `: ${value}`,
    'no value': (name) => `${name}:`,
    'zero in the name': (name, value) => `${name}\0: ${value}`,
    'zero in the value': (name, value) => `${name}: ${value}\0`,
    'CR in the value': (name, value) => `${name}: ${value}\rX-B: c`,
    'LF in the value': (name, value) => `${name}: ${value}\nX-B: c`,
    'LF before the name': (name, value) => `X-B: c\n${name}: ${value}`,
    'CR before the name': (name, value) => `X-B: c\r${name}: ${value}`,
    'folded value': (name, value) => `${name}:\r\n ${value}`,
    'folded after the value': (name, value) => `${name}: ${value}\r\n\tmore`,
    'vertical tab': (name, value) => `${name}:\x0b${value}`,
    'form feed': (name, value) => `${name}: ${value}\x0c`,
    delete: (name, value) => `${name}: ${value}\x7f`,
    'byte above ASCII in the name': (name, value) => `${name}\xe9: ${value}`,
    'byte above ASCII in the value': (name, value) => `${name}: ${value}\xa0`,
    'underscores for dashes': (name, value) => `${name.replace('-', '_')}_: ${value}`,
    'twice the same': (name, value) => `${name}: ${value}\r\n${name}: ${value}`,
    'twice, in other letters': (name, value) => `${name}: ${value}\r\n${name.toUpperCase()}: ${value}`,
    'twice, differing': (name, value) => `${name}: ${value}\r\n${name}: 1`,
    'a list': (name, value) => `${name}: ${value}, ${value}`,
    quoted: (name, value) => `${name}: "${value}"`,
    'spaces around': (name, value) => `${name}:   ${value}   `,
    'tabs around': (name, value) => `${name}:\t${value}\t`,
    'small letters': (name, value) => `${name.toLowerCase()}: ${value}`,
    'no space': (name, value) => `${name}:${value}`,
    'a bracket in the name': (name, value) => `${name}[]: ${value}`,
    'two colons': (name, value) => `${name}:: ${value}`,
  };
  for (const header of HEADERS) {
    for (const [name, trick] of Object.entries(tricks)) {
      const line = trick(header, values[header] ?? '');
      const others = [
        ...(header === 'Host' ? [] : ['Host: a']),
        ...(header === 'Authorization' ? [] : [parts.auth]),
      ];
      const length = header === 'Content-Length' ? [] : [`Content-Length: ${parts.body.length}`];
      const start = `POST ${CHAT} HTTP/1.1`;
      add('alike', `${header}: ${name}`, [start, ...others, ...length, line, '', parts.body].join('\r\n'));
      add(
        'alike',
        `first, ${header}: ${name}`,
        [start, line, ...others, ...length, '', parts.body].join('\r\n'),
      );
    }
  }
}

const ENCODINGS = [
  'chunked',
  'Chunked',
  'CHUNKED',
  ' chunked',
  'chunked ',
  '\tchunked',
  'chunked\t',
  '\x0bchunked',
  'chunked\x0b',
  '\x0cchunked',
  'chunked\0',
  '\0chunked',
  'xchunked',
  'chunkedx',
  'chunk',
  'chunked, chunked',
  'chunked,chunked',
  'chunked, identity',
  'identity, chunked',
  'identity',
  'gzip',
  'gzip, chunked',
  'chunked, gzip',
  'deflate',
  ', chunked',
  'chunked,',
  ',chunked,',
  'chunked;q=1',
  'chunked;a',
  '"chunked"',
  "'chunked'",
  'chunked\r\n ',
  '\r\n chunked',
  'chunked\xa0',
  '\xffchunked',
  'chunked\x85',
  'c hunked',
  'chunked chunked',
  'chunked\rfoo',
  'cow',
  'true',
  '1',
  '',
  'chunked\r\nTransfer-Encoding: identity',
  'identity\r\nTransfer-Encoding: chunked',
  'chunked\r\nTransfer-Encoding: chunked',
  'chunked\r\nTransfer-encoding: cow',
  'nothing\r\nTransfer_Encoding: chunked',
  'chunked\n',
  'chunked\nX: y',
];

export function addEncodings(parts: Parts, add: Add): void {
  const lengths: Readonly<Record<string, string[]>> = {
    'no length': [],
    'the length of the chunks': [`Content-Length: ${parts.asChunks().length}`],
    'the length of the body': [`Content-Length: ${parts.body.length}`],
    'length 0': ['Content-Length: 0'],
  };
  for (const encoding of ENCODINGS) {
    for (const [name, lines] of Object.entries(lengths)) {
      const bodies = { chunks: parts.asChunks(), 'the body': parts.body };
      for (const [form, body] of Object.entries(bodies)) {
        // A length beside an encoding is refused, whatever the encoding is.
        const wanted = name === 'no length' ? 'alike' : 'refused';
        const lineSets = [
          [`Transfer-Encoding: ${encoding}`, ...lines],
          [...lines, `Transfer-Encoding: ${encoding}`],
        ];
        lineSets.slice(0, lines.length + 1).forEach((set, order) => {
          add(
            wanted,
            `encoding ${JSON.stringify(encoding)}, ${name}, ${form}, ${order}`,
            parts.request(set, body),
          );
        });
      }
    }
  }
}

const LENGTHS = [
  '',
  ' ',
  '+N',
  '-N',
  '-0',
  'N N',
  'N,N',
  'N, N',
  'N;',
  '0N',
  '000000000N',
  '0xN',
  'Nx',
  'N.0',
  'Ne0',
  '1e1',
  '٣',
  '"N"',
  "'N'",
  'N\0',
  '\0N',
  'N\x0b',
  '\x0bN',
  'N\t',
  '\tN',
  'N\xa0',
  '99999999999',
  '18446744073709551616',
  '18446744073709551617',
  '9223372036854775808',
  '4294967296',
  'NaN',
  'Infinity',
  'null',
  'N\r\nContent-Length: N',
  'N\r\nContent-Length: 0',
  '0\r\nContent-Length: N',
  'N\r\ncontent-length: 1',
];
const LENGTHS_SERVED = new Set(['N', 'N\t', '\tN']);

export function addLengths(parts: Parts, add: Add): void {
  for (const length of LENGTHS) {
    const value = length.replaceAll('N', String(parts.body.length));
    for (const [name, body] of [
      ['whole', parts.body],
      ['too long', `${parts.body}xx`],
      ['too short', parts.body.slice(0, -2)],
    ]) {
      const wanted = LENGTHS_SERVED.has(length) || /^0+N$/.test(length) ? 'alike' : 'refused';
      add(
        wanted,
        `length ${JSON.stringify(length)}, ${name}`,
        parts.request([`Content-Length: ${value}`], body),
      );
    }
  }
}
