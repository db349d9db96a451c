/** What agent and control plane agree on about logs, apart from the schemas: the agent has no validator in it. */

/** Who wrote a line: our agent, the script that installed it, the inference engine. */
export const LOG_SOURCES = ['agent', 'install', 'engine'] as const;
export type LogSource = (typeof LOG_SOURCES)[number];

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLineLevel = (typeof LOG_LEVELS)[number];

export const LOG_LINE_CHARACTERS_MAX = 8_192;
export const LOG_LINES_PER_BATCH_MAX = 500;

/** What an installation sends before there is an agent; its script cuts at the same numbers. */
export const INSTALL_LINES_MAX = 100;
export const INSTALL_LINE_CHARACTERS_MAX = 500;
