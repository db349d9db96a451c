import * as z from 'zod';
import { blockVolumeSchema, groupSchema, ipSchema, localVolumeSchema, serverSchema } from '../../answers.ts';
import { localImages } from '../../images.ts';
import { productSchema, stockSchema } from '../../products.ts';
import { jsonOf } from './endpoints.ts';
import type { Interaction } from './recording.ts';
import { classified } from './replay-result.ts';

const ZONED = /^\/(instance|block)\/v1\/zones\/[^/]+\/(.+)$/;

/** The answers that we read, by product and collection: the field that holds one, and what one looks like. */
const READ: Readonly<Record<string, { readonly one: string | undefined; readonly row: z.ZodType }>> = {
  'instance servers': { one: 'server', row: serverSchema },
  'instance volumes': { one: 'volume', row: localVolumeSchema },
  'instance ips': { one: 'ip', row: ipSchema },
  'instance security_groups': { one: 'security_group', row: groupSchema },
  'block volumes': { one: undefined, row: blockVolumeSchema },
};

/** Undefined when our schemas read it, `not_ours` when it is no answer of an endpoint that we use. */
export function faultOfResponse(interaction: Interaction): string | undefined {
  const { path, method, code, body } = interaction;
  const schema = schemaOf(path, method);
  if (!schema) return 'not_ours';
  if (code >= 300) {
    const { kind } = classified(interaction).facts;
    // Without a body of Scaleway's own a 404 is no absence, so `unknown` is right for it.
    return kind !== 'unknown' || code === 404 || code < 400
      ? undefined
      : `the refusal has no kind: ${body.slice(0, 80)}`;
  }
  if (body.trim() === '') return undefined;
  const read = schema.safeParse(jsonOf(body));
  if (read.success) return undefined;
  const [issue] = read.error.issues;
  return `the answer cannot be read: ${issue?.path.join('.')} ${issue?.message}`;
}

function schemaOf(path: string, method: string): z.ZodType | undefined {
  if (path === '/marketplace/v2/local-images') return method === 'GET' ? localImages : undefined;
  const [, product = '', rest = ''] = ZONED.exec(path) ?? [];
  if (rest === 'products/servers') return z.object({ servers: z.record(z.string(), productSchema) });
  if (rest === 'products/servers/availability') {
    return z.object({ servers: z.record(z.string(), stockSchema) });
  }
  const [collection = '', id, ...more] = rest.split('/');
  const read = READ[`${product} ${collection}`];
  if (!read || more.length > 0) return undefined;
  // An order answers with nothing, or with the thing itself as a read does.
  if (method === 'GET' && id === undefined) return z.object({ [collection]: z.array(read.row) });
  const one = read.one === undefined ? read.row : z.object({ [read.one]: read.row });
  return method === 'DELETE' ? z.unknown() : one;
}
