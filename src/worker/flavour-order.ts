import type { FlavourLayer, FlavourMount, FlavourRecord } from '#contracts/flavour-choice.ts';
import { FLAVOUR_ORIGINS } from '#contracts/flavour-choice.ts';
import { GPU_FAMILIES, GPU_VENDORS } from '#contracts/gpu-families.ts';
import type { FlavourOrder } from '#contracts/worker.ts';
import { AppError } from '#kernel/errors.ts';
import { asFields, type Fields, textField, textListField } from './field-readers.ts';

/** The flavours of an order. @throws request.invalid: nothing is started on half an order */
export function readFlavourOrder(value: unknown): FlavourOrder {
  const fields = asFields(value, 'flavours');
  return {
    gpu_kind: typeof fields['gpu_kind'] === 'string' ? fields['gpu_kind'] : '',
    // The schema's types are of lists that may be written to.
    layers: listField(fields, 'layers', layerOf) as FlavourOrder['layers'],
  };
}

function layerOf(fields: Fields): FlavourLayer {
  return {
    origin: oneOf(fields, 'origin', FLAVOUR_ORIGINS),
    flavour: textField(fields, 'flavour'),
    records: listField(fields, 'records', recordOf),
  };
}

function recordOf(fields: Fields): FlavourRecord {
  return {
    gpu_vendor: oneOf(fields, 'gpu_vendor', GPU_VENDORS),
    gpu_family: orNull(fields, 'gpu_family', (name) => oneOf(fields, name, GPU_FAMILIES)),
    provider_id: orNull(fields, 'provider_id', (name) => textField(fields, name)),
    image: orNull(fields, 'image', (name) => textField(fields, name)),
    args: orNull(fields, 'args', (name) => textListField(fields, name)),
    environment: orNull(fields, 'environment', (name) => variablesOf(fields, name)),
    mounts: orNull(fields, 'mounts', (name) => listField(fields, name, mountOf)),
    devices: orNull(fields, 'devices', (name) => textListField(fields, name)),
    network: orNull(fields, 'network', (name) => textField(fields, name)),
  };
}

/** What is not said to be writable is not. */
function mountOf(fields: Fields): FlavourMount {
  return {
    source: textField(fields, 'source'),
    target: textField(fields, 'target'),
    read_only: fields['read_only'] !== false,
  };
}

function variablesOf(fields: Fields, name: string): Record<string, string> {
  const variables = asFields(fields[name], name);
  return Object.fromEntries(
    Object.entries(variables).map(([variable, value]) => {
      if (typeof value !== 'string') throw wrong(name, 'texts by their names');
      return [variable, value];
    }),
  );
}

function listField<T>(fields: Fields, name: string, read: (item: Fields) => T): T[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw wrong(name, 'a list');
  return value.map((item: unknown) => read(asFields(item, name)));
}

function orNull<T>(fields: Fields, name: string, read: (name: string) => T): T | null {
  return fields[name] == null ? null : read(name);
}

function oneOf<T extends string>(fields: Fields, name: string, known: readonly T[]): T {
  const text = textField(fields, name);
  const found = known.find((one) => one === text);
  if (found === undefined) throw wrong(name, `one of ${known.join(', ')}`);
  return found;
}

function wrong(name: string, expected: string): AppError {
  return new AppError('request.invalid', { publicMessage: `\`${name}\` must be ${expected}.` });
}
