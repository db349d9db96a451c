/** What machines that nobody can dial ask: the script of their command, their agent, an identity, and orders. */
import * as z from 'zod';
import { agentAskSchema, agentOrderSchema, enrolHostSchema } from '#contracts/host-enrolments.ts';
import { Reply, type Route, route } from '#http/route.ts';
import { throttled } from '#identity/login-throttle.ts';
import { AppError } from '#kernel/errors.ts';
import { renderEnrolScript } from '#providers/enrol-script.ts';
import { HOST_AGENT, HOST_AGENT_SHA256 } from '#providers/host-agent-script.ts';
import { type AnswerAgentDeps, answerAgent, handOutOrder } from './commands/answer-agent.ts';
import { type EnrolHostDeps, enrolHost } from './commands/enrol-host.ts';
import { INSTALL_PATH } from './commands/manage-enrolment.ts';

export interface AgentRoutesDeps extends AnswerAgentDeps, EnrolHostDeps {
  /** Where machines reach us. */
  readonly publicUrl: string;
}

const BODY_BYTES_MAX = 262_144;
const SCRIPT = { status: 200, contentType: 'text/x-shellscript; charset=utf-8' } as const;
const LINES = { status: 200, contentType: 'text/plain; charset=utf-8' } as const;
const published = {
  allow: 'anyone',
  because: 'published code, fetched by machines that have no token yet',
} as const;
const withHostToken = {
  allow: 'anyone',
  because: "the machine's token in the body is the credential",
} as const;
const FRESH = { 'cache-control': 'no-store' };

export function agentRoutes(deps: AgentRoutesDeps): Route[] {
  return [...scriptRoutes(deps), ...askRoutes(deps)];
}

function scriptRoutes({ publicUrl = '' }: AgentRoutesDeps): Route[] {
  const controlUrl = publicUrl.replace(/\/+$/, '');
  return [
    route({
      method: 'GET',
      path: INSTALL_PATH,
      name: 'worker.host_script',
      summary: 'What the command of an enrolment runs',
      policy: published,
      success: SCRIPT,
      handler: async () =>
        new Reply(200, renderEnrolScript({ controlUrl, agentSha256: HOST_AGENT_SHA256 }), FRESH),
    }),
    route({
      method: 'GET',
      path: '/internal/host/agent/:file',
      name: 'worker.host_agent',
      summary: 'The host agent, `<sha256>.sh`',
      policy: published,
      params: z.object({ file: z.string().regex(/^[0-9a-f]{64}\.sh$/) }),
      success: SCRIPT,
      handler: async ({ params }) => {
        if (params.file !== `${HOST_AGENT_SHA256}.sh`) throw new AppError('worker.bundle_not_found');
        return new Reply(200, HOST_AGENT, FRESH);
      },
    }),
  ];
}

function askRoutes(deps: AgentRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/internal/host/enrol',
      name: 'worker.enrol_host',
      summary: 'Use up the token of an enrolment; the same nonce gets the same answer again',
      policy: { allow: 'anyone', because: 'the single-use token in the body is the credential' },
      body: enrolHostSchema,
      bodyBytesMax: BODY_BYTES_MAX,
      success: LINES,
      handler: ({ body, remoteAddress: address, correlationId }) =>
        throttled(
          deps.db,
          { kind: 'host-enrolment', login: body.token, address },
          async () => {
            const { id, name, token } = await enrolHost(deps, body, { address, correlationId });
            return new Reply(200, lines({ host: id, name, token: token.reveal() }), FRESH);
          },
          isGuess,
        ),
    }),
    route({
      method: 'POST',
      path: '/internal/host/ask',
      name: 'worker.ask_for_orders',
      summary: 'What the agent of a machine is to do, and what became of its last order',
      policy: withHostToken,
      body: agentAskSchema,
      bodyBytesMax: BODY_BYTES_MAX,
      success: LINES,
      handler: async ({ body, remoteAddress, correlationId }) => {
        const from = { address: plainAddress(remoteAddress), correlationId };
        const { pauseSeconds, wantsProbe, order } = await answerAgent(deps, body, from);
        const asked = { pause: String(pauseSeconds), probe: wantsProbe ? '1' : '0' };
        const ordered = order ? { order: order.id, sha256: order.sha256 } : {};
        return new Reply(200, lines({ ...asked, ...ordered }), FRESH);
      },
    }),
    route({
      method: 'POST',
      path: '/internal/host/order',
      name: 'worker.fetch_order',
      summary: 'The text of an order, to be run when its checksum is the one that was told',
      policy: withHostToken,
      body: agentOrderSchema,
      success: SCRIPT,
      handler: async ({ body }) => new Reply(200, await handOutOrder(deps, body), FRESH),
    }),
  ];
}

/** A token that was never given out; one that is too late is nobody's guess. */
function isGuess(error: unknown): boolean {
  return error instanceof AppError && error.code === 'host.enrolment_unknown';
}

function lines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** IPv4 in the form of providers, also where the listener speaks both. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
