import type { RegisterResponse } from '#contracts/worker.ts';
import { AppError } from '#kernel/errors.ts';
import { asFields, type Fields, textField, textListField, wholeField } from './field-readers.ts';
import { readFlavourOrder } from './flavour-order.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/** @throws request.invalid when a field is missing or wrong: nothing is started on half an order. */
export function readRegisterResponse(fields: Fields): RegisterResponse {
  const engine = asFields(fields['engine'], 'engine');
  const model = asFields(fields['model'], 'model');
  return {
    instance_id: textField(fields, 'instance_id'),
    epoch: wholeField(fields, 'epoch'),
    worker_token: textField(fields, 'worker_token'),
    heartbeat_interval_ms: Math.max(50, wholeField(fields, 'heartbeat_interval_ms')),
    dead_man_ms: fields['dead_man_ms'] === undefined ? 0 : wholeField(fields, 'dead_man_ms'),
    data_token_sha256: hashField(fields, 'data_token_sha256'),
    control_token_sha256: hashField(fields, 'control_token_sha256'),
    engine: {
      kind: engineKind(engine),
      args: textListField(engine, 'args'),
      ...(engine['flavours'] == null ? {} : { flavours: readFlavourOrder(engine['flavours']) }),
    },
    model: {
      hf_id: textField(model, 'hf_id'),
      served_name: textField(model, 'served_name'),
      weights_bytes: amountField(model, 'weights_bytes'),
      context_length: wholeField(model, 'context_length'),
      ...(model['gguf'] == null ? {} : { gguf: ggufOf(model['gguf']) }),
    },
  };
}

function engineKind(engine: Fields): RegisterResponse['engine']['kind'] {
  const kind = textField(engine, 'kind');
  if (kind === 'vllm' || kind === 'llama-cpp' || kind === 'simulated') return kind;
  throw new AppError('request.invalid', { publicMessage: `This agent knows no engine \`${kind}\`.` });
}

function ggufOf(value: unknown): RegisterResponse['model']['gguf'] {
  const gguf = asFields(value, 'gguf');
  return {
    source: textField(gguf, 'source'),
    sha256: gguf['sha256'] === null ? null : hashField(gguf, 'sha256'),
  };
}

function hashField(fields: Fields, name: string): string {
  const text = textField(fields, name);
  if (SHA256.test(text)) return text;
  throw new AppError('request.invalid', { publicMessage: `\`${name}\` must be a SHA-256 in hex.` });
}

function amountField(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new AppError('request.invalid', { publicMessage: `\`${name}\` must be an amount.` });
}
