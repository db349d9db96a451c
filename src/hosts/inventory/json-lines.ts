/** One JSON object in each line, with the fields of a single registration. */
import type { Findings } from './inventory.ts';

export function readJsonLines(content: string, into: Findings): void {
  for (const [index, text] of content.split(/\r?\n/).entries()) {
    if (text.trim() === '') continue;
    const line = index + 1;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      into.refuse(line, 'this line is not valid JSON');
      continue;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      into.refuse(line, 'each line is one object, such as {"name": "gpu-1", "address": "10.0.0.5"}');
      continue;
    }
    const fields = value as Record<string, unknown>;
    into.add(line, { ...fields, name: fields['name'] ?? fields['address'] });
  }
}
