import { resolve } from 'node:path';
import { Secret } from '#kernel/secret.ts';
import { type AnyDefinition, DEFINITIONS, VARIABLE_NAMES, type VariableName } from './definitions.ts';

export type VariableValue<K extends VariableName> = (typeof DEFINITIONS)[K]['kind'] extends 'integer'
  ? number
  : string;
type Values = { [K in VariableName]: VariableValue<K> };

export interface Config {
  readonly dataDir: string;
  readonly secretsDir: string;
  /** Undefined: the embedded server is used. */
  readonly databaseUrl: Secret | undefined;
  readonly bindHost: string;
  readonly publicUrl: string;
  readonly ports: Ports;
  readonly enabledProviders: readonly string[];
  /** Every variable by its name, validated. Of a setting this is the first value only: ask Settings for it. */
  readonly values: Values;
  /** Variables that the environment gives a value; the others have their default. */
  readonly given: ReadonlySet<VariableName>;
}

export interface Ports {
  readonly api: number;
  readonly gateway: number;
  readonly orchestratorMetrics: number;
  readonly finopsMetrics: number;
  readonly mockCloud: number;
  readonly database: number;
  readonly apiMetrics: number;
  readonly gatewayMetrics: number;
  readonly gatewayTunnels: number;
}

/** A setting that cannot be used; its message names the variable and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the environment once; everything else takes the result. @throws ConfigError */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const values = readValues(environment);
  const offset = values.PORT_OFFSET;
  const metrics = (port: number) => values.METRICS_PORT || port + offset;
  const ports: Ports = {
    api: 8003 + offset,
    gateway: 8000 + offset,
    orchestratorMetrics: metrics(8001),
    finopsMetrics: metrics(8005),
    mockCloud: 8010 + offset,
    database: 5433 + offset,
    apiMetrics: metrics(9103),
    gatewayMetrics: metrics(9100),
    gatewayTunnels: values.TUNNEL_PORT || 8030 + offset,
  };
  const dataDir = resolve(values.INVENTIV_DATA_DIR);
  return {
    dataDir,
    secretsDir: values.SECRETS_DIR ? resolve(values.SECRETS_DIR) : resolve(dataDir, 'secrets'),
    databaseUrl: values.DATABASE_URL ? new Secret(values.DATABASE_URL) : undefined,
    bindHost: values.BIND_HOST,
    publicUrl: (values.PUBLIC_URL || `http://127.0.0.1:${ports.api}`).replace(/\/+$/, ''),
    ports,
    enabledProviders: values.ENABLED_PROVIDERS.split(',')
      .map((name) => name.trim())
      .filter(Boolean),
    values,
    given: new Set(VARIABLE_NAMES.filter((name) => isGiven(environment[name]))),
  };
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function readValues(environment: Record<string, string | undefined>): Values {
  const entries = Object.entries(DEFINITIONS).map(([name, definition]) => {
    const text = environment[name];
    return [name, isGiven(text) ? parse(name, definition, text) : definition.default];
  });
  return Object.fromEntries(entries) as Values;
}

function parse(name: string, definition: AnyDefinition, text: string): string | number {
  switch (definition.kind) {
    case 'text':
      return text;
    case 'choice':
      if (!definition.choices.includes(text)) {
        throw new ConfigError(`${name}=${text} is not one of ${definition.choices.join(', ')}`);
      }
      return text;
    case 'integer': {
      const value = Number(text);
      if (!/^\d+$/.test(text) || value < definition.min || value > definition.max) {
        throw new ConfigError(
          `${name}=${text} is not a whole number from ${definition.min} to ${definition.max}`,
        );
      }
      return value;
    }
  }
}
