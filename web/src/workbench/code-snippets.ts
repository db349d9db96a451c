export interface SnippetInput {
  baseUrl: string;
  apiKey: string;
  model: string;
  messages: readonly { role: string; content: string }[];
}

/** Where SDKs point: the address the gateway is known under, else this page's own origin. */
export function gatewayBaseUrl(gatewayUrl: string | null | undefined): string {
  return `${(gatewayUrl ?? window.location.origin).replace(/\/$/, '')}/v1`;
}

export function curlSnippet({ baseUrl, apiKey, model, messages }: SnippetInput): string {
  const turns = messages.map(
    ({ role, content }) => `      {"role": ${JSON.stringify(role)}, "content": ${JSON.stringify(content)}}`,
  );
  const body = [
    '{',
    `    "model": ${JSON.stringify(model)},`,
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

export function pythonSnippet({ baseUrl, apiKey, model, messages }: SnippetInput): string {
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
    '    stream=True,',
    ')',
    'for chunk in stream:',
    '    if chunk.choices:',
    '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
  ].join('\n');
}

export function javascriptSnippet({ baseUrl, apiKey, model, messages }: SnippetInput): string {
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
    '  stream: true,',
    '});',
    'for await (const chunk of stream) {',
    "  process.stdout.write(chunk.choices[0]?.delta?.content ?? '');",
    '}',
  ].join('\n');
}
