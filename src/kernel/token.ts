import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Random } from './env.ts';
import { Secret } from './secret.ts';

/**
 * Every credential we hand out has one form: `inv_<type>_<id>_<secret><checksum>`.
 * The type and id make a leaked one findable, the checksum lets a scanner (and our edge) drop
 * garbage before a lookup, and only the SHA-256 of the whole text is ever stored.
 */
export type TokenType =
  | 'key'
  | 'sess'
  | 'boot'
  | 'wkr'
  | 'data'
  | 'ctl'
  | 'web'
  | 'invt'
  | 'link'
  | 'enr'
  | 'host';

export interface ParsedToken {
  readonly type: string;
  readonly id: string;
}

const FORM = /^inv_([a-z]{3,4})_([0-9a-z]{8,32})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;
const CHECKSUM_LENGTH = 6;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A fresh token with 256 bits of secret. `id` is public and appears in the token. */
export function mintToken(random: Random, type: TokenType, id: string): Secret {
  return assemble(type, id, random.bytes(32));
}

/** A token that can be computed again from a server key and what it is bound to, so it needs no storage. */
export function deriveToken(key: Secret, type: TokenType, id: string, boundTo: string): Secret {
  return assemble(type, id, createHmac('sha256', key.reveal()).update(`${type}\n${id}\n${boundTo}`).digest());
}

/** The parts of a token whose form and checksum hold; undefined for anything else. */
export function parseToken(text: string): ParsedToken | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, type = '', id = '', secret = '', checksum] = match;
  return checksum === checksumOf(`${type}_${id}_${secret}`) ? { type, id } : undefined;
}

/** SHA-256 of the whole token, hex: what is stored and looked up. */
export function hashToken(token: string): string {
  return hash('sha256', token);
}

/** Compares two hex digests in constant time. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, 'latin1');
  const right = Buffer.from(b, 'latin1');
  return left.length === right.length && left.length > 0 && timingSafeEqual(left, right);
}

/** The random tail of an id (`inst_01h...`), as the public part of a token. */
export function tokenIdOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

function assemble(type: TokenType, id: string, bytes: Uint8Array): Secret {
  const secret = base62(bytes, 43);
  return new Secret(`inv_${type}_${id}_${secret}${checksumOf(`${type}_${id}_${secret}`)}`);
}

function checksumOf(text: string): string {
  let value = hash('sha256', text, 'buffer').readUInt32BE(0);
  let checksum = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    checksum = BASE62[value % 62] + checksum;
    value = Math.floor(value / 62);
  }
  return checksum;
}

function base62(bytes: Uint8Array, length: number): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let i = 0; i < length; i++) {
    text = BASE62[Number(value % 62n)] + text;
    value /= 62n;
  }
  return text;
}
