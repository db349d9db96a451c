import { Secret } from '#kernel/secret.ts';
import { parseFields, portField, textField } from './field-readers.ts';

/** What the install script wrote on this machine (`/etc/inventiv/worker.json`). */
export interface WorkerConfig {
  readonly controlUrl: string;
  readonly instanceId: string;
  readonly bootstrapToken: Secret;
  readonly listenAddress: string;
  readonly agentPort: number;
  readonly dataPort: number;
  readonly engineHost: string;
  readonly enginePort: number;
  readonly stateDir: string;
  readonly logDir: string;
  /** Powers this machine off; undefined on machines that stay on, whatever happens. */
  readonly powerOffCommand: string | undefined;
}

/** @throws request.invalid or request.malformed, naming the field. */
export function parseWorkerConfig(text: string): WorkerConfig {
  const fields = parseFields(text, 'The worker configuration');
  const stateDir = textField(fields, 'state_dir');
  return {
    controlUrl: textField(fields, 'control_url').replace(/\/+$/, ''),
    instanceId: textField(fields, 'instance_id'),
    bootstrapToken: new Secret(textField(fields, 'bootstrap_token')),
    listenAddress: fields['listen_address'] === undefined ? '0.0.0.0' : textField(fields, 'listen_address'),
    agentPort: portField(fields, 'agent_port', 8080),
    dataPort: portField(fields, 'data_port', 8000),
    engineHost: fields['engine_host'] === undefined ? '127.0.0.1' : textField(fields, 'engine_host'),
    enginePort: portField(fields, 'engine_port', 8001),
    stateDir,
    logDir: fields['log_dir'] === undefined ? stateDir : textField(fields, 'log_dir'),
    powerOffCommand:
      fields['power_off_command'] === undefined ? undefined : textField(fields, 'power_off_command'),
  };
}
