/** A refusal of the pretended AWS, by the codes that its documentation names. */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }

  static value(value: unknown, name: string): Refused {
    return new Refused('InvalidParameterValue', `Value (${String(value)}) for parameter ${name} is invalid.`);
  }

  static notFound(code: string, id: string): Refused {
    return new Refused(code, `The ID '${id}' does not exist`);
  }

  static noRoom(type: string, zone: string): Refused {
    const message = `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}).`;
    return new Refused('InsufficientInstanceCapacity', message, 500);
  }

  static quota(): Refused {
    const message = 'You have requested more vCPU capacity than your current vCPU limit of 0 allows';
    return new Refused('VcpuLimitExceeded', message);
  }

  static unauthorized(): Refused {
    return new Refused('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
  }
}
