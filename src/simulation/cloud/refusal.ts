/** An answer of the pretended cloud that says no. It plays a foreign company, so it has its own error form. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly facts: Record<string, unknown>;

  constructor(status: number, type: string, message: string, facts: Record<string, unknown> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.type = type;
    this.facts = facts;
  }

  get body(): Record<string, unknown> {
    return { type: this.type, message: this.message, ...this.facts };
  }
}

export function notFound(resource: string, id: string): Refusal {
  return new Refusal(404, 'not_found', `There is no ${resource} ${id}.`, { resource, resource_id: id });
}

export function invalid(argument: string, message: string): Refusal {
  return new Refusal(400, 'invalid_arguments', message, { details: [{ argument_name: argument }] });
}
