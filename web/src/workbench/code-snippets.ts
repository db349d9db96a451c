import type { ChatParameters } from '#contracts/workbench.ts';

export interface SnippetInput {
  baseUrl: string;
  apiKey: string;
  model: string;
  messages: readonly { role: string; content: string }[];
  parameters?: ChatParameters;
}

/** Where SDKs point: the address the gateway is known under, else this page's own origin. */
export function gatewayBaseUrl(gatewayUrl: string | null | undefined): string {
  return `${(gatewayUrl ?? window.location.origin).replace(/\/$/, '')}/v1`;
}

export function curlSnippet({ baseUrl, apiKey, model, messages, parameters }: SnippetInput): string {
  const turns = messages.map(
    ({ role, content }) => `      {"role": ${JSON.stringify(role)}, "content": ${JSON.stringify(content)}}`,
  );
  const body = [
    '{',
    `    "model": ${JSON.stringify(model)},`,
    ...given(parameters).map(([name, value]) => `    ${JSON.stringify(name)}: ${value},`),
    '    "messages": [',
    turns.join(',\n'),
    '    ]',
    '  }',
  ].join('\n');
  return [
    `curl ${baseUrl}/chat/completions \\`,
    `  -H "Authorization: Bearer ${apiKey}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '${body.replaceAll("'", "'\\''")}'`,
  ].join('\n');
}

export function pythonSnippet({ baseUrl, apiKey, model, messages, parameters }: SnippetInput): string {
  const lines = messages.map(
    ({ role, content }) => `        {"role": "${role}", "content": ${JSON.stringify(content)}},`,
  );
  return [
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url="${baseUrl}", api_key="${apiKey}")`,
    '',
    'stream = client.chat.completions.create(',
    `    model=${JSON.stringify(model)},`,
    '    messages=[',
    ...lines,
    '    ],',
    ...given(parameters).map(([name, value]) => `    ${name}=${value},`),
    '    stream=True,',
    ')',
    'for chunk in stream:',
    '    if chunk.choices:',
    '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
  ].join('\n');
}

export function javascriptSnippet({ baseUrl, apiKey, model, messages, parameters }: SnippetInput): string {
  const lines = messages.map(
    ({ role, content }) => `    { role: '${role}', content: ${JSON.stringify(content)} },`,
  );
  return [
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: '${baseUrl}', apiKey: '${apiKey}' });`,
    '',
    'const stream = await client.chat.completions.create({',
    `  model: ${JSON.stringify(model)},`,
    '  messages: [',
    ...lines,
    '  ],',
    ...given(parameters).map(([name, value]) => `  ${name}: ${value},`),
    '  stream: true,',
    '});',
    'for await (const chunk of stream) {',
    "  process.stdout.write(chunk.choices[0]?.delta?.content ?? '');",
    '}',
  ].join('\n');
}

export function aiSdkSnippet({ baseUrl, apiKey, model, messages, parameters }: SnippetInput): string {
  const lines = messages.map(
    ({ role, content }) => `    { role: '${role}', content: ${JSON.stringify(content)} },`,
  );
  return [
    "import { createOpenAICompatible } from '@ai-sdk/openai-compatible';",
    "import { streamText } from 'ai';",
    '',
    'const inventiv = createOpenAICompatible({',
    "  name: 'inventiv',",
    `  baseURL: '${baseUrl}',`,
    `  apiKey: '${apiKey}',`,
    '});',
    '',
    'const { textStream } = streamText({',
    `  model: inventiv(${JSON.stringify(model)}),`,
    '  messages: [',
    ...lines,
    '  ],',
    ...given(parameters).map(([name, value]) => `  ${AI_SDK_NAMES[name]}: ${value},`),
    '});',
    'for await (const text of textStream) process.stdout.write(text);',
  ].join('\n');
}

export function langChainSnippet({ baseUrl, apiKey, model, messages, parameters }: SnippetInput): string {
  const lines = messages.map(
    ({ role, content }) => `    {"role": "${role}", "content": ${JSON.stringify(content)}},`,
  );
  return [
    'from langchain_openai import ChatOpenAI',
    '',
    'llm = ChatOpenAI(',
    `    base_url="${baseUrl}",`,
    `    api_key="${apiKey}",`,
    `    model=${JSON.stringify(model)},`,
    ...given(parameters).map(([name, value]) => `    ${name}=${value},`),
    ')',
    '',
    'for chunk in llm.stream([',
    ...lines,
    ']):',
    '    print(chunk.content, end="", flush=True)',
  ].join('\n');
}

/** Adds the version to each path itself, so that it is told the address without it. */
export function claudeCodeSnippet({ baseUrl, apiKey, model }: SnippetInput): string {
  return [
    `export ANTHROPIC_BASE_URL=${shellWord(baseUrl.replace(/\/v1$/, ''))}`,
    `export ANTHROPIC_AUTH_TOKEN=${shellWord(apiKey)}`,
    `export ANTHROPIC_MODEL=${shellWord(model)}`,
    `export ANTHROPIC_SMALL_FAST_MODEL=${shellWord(model)}`,
    '',
    'claude',
  ].join('\n');
}

export function codexSnippet({ baseUrl, apiKey, model }: SnippetInput): string {
  return [
    '# ~/.codex/config.toml',
    `model = ${JSON.stringify(model)}`,
    'model_provider = "inventiv"',
    '',
    '[model_providers.inventiv]',
    'name = "Inventiv Agents"',
    `base_url = ${JSON.stringify(baseUrl)}`,
    'env_key = "INVENTIV_API_KEY"',
    'wire_api = "responses"',
    '',
    '# then, in a shell:',
    `# export INVENTIV_API_KEY=${shellWord(apiKey)}`,
    '# codex',
  ].join('\n');
}

const AI_SDK_NAMES: Record<keyof ChatParameters, string> = {
  temperature: 'temperature',
  top_p: 'topP',
  max_tokens: 'maxOutputTokens',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  seed: 'seed',
  stop: 'stopSequences',
};

/** Those that are set, each written as JSON, which is also a literal of Python and of JavaScript. */
function given(parameters: ChatParameters = {}): [keyof ChatParameters, string][] {
  return (Object.keys(AI_SDK_NAMES) as (keyof ChatParameters)[]).flatMap((name) =>
    parameters[name] === undefined ? [] : [[name, JSON.stringify(parameters[name])]],
  );
}

function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
