/** What the pretended API says no with; bodies as recorded, those marked so as the SDK's own tests have them. */
export class Refused extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
  }

  static notFound(resource: string, id: string): Refused {
    const message = 'resource is not found';
    return new Refused(404, { type: 'not_found', message, resource, resource_id: id });
  }

  static invalid(argument: string, help: string): Refused {
    return new Refused(400, {
      type: 'invalid_arguments',
      message: 'invalid argument(s)',
      details: [{ argument_name: argument, reason: 'constraint', help_message: help }],
    });
  }

  /** From the SDK's tests. */
  static invalidRequest(message: string): Refused {
    return new Refused(400, { type: 'invalid_request_error', message });
  }

  static denied(): Refused {
    return new Refused(401, {
      message: 'authentication is denied',
      method: 'api_key',
      reason: 'not_found',
      type: 'denied_authentication',
    });
  }

  /** From the SDK's tests. */
  static outOfStock(resource: string): Refused {
    return new Refused(503, { type: 'out_of_stock', message: 'resource is out of stock', resource });
  }

  /** From the SDK's tests. */
  static quota(resource: string): Refused {
    return new Refused(403, {
      type: 'quotas_exceeded',
      message: 'quota(s) exceeded for this resource',
      details: [{ resource, quota: 0, current: 0 }],
    });
  }

  static inUse(resource: string, id: string): Refused {
    return new Refused(412, {
      type: 'precondition_failed',
      message: 'precondition is not respected',
      precondition: 'resource_still_in_use',
      help_message: `${resource} ${id} is still in use`,
    });
  }

  static conflict(message: string): Refused {
    return new Refused(409, { type: 'conflict', message });
  }

  static protected(): Refused {
    return new Refused(412, {
      type: 'precondition_failed',
      message: 'precondition is not respected',
      precondition: 'protected_resource',
      help_message: 'server is protected',
    });
  }
}
