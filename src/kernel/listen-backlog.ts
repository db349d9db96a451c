/**
 * Connections that wait to be taken, as far as the system allows (net.core.somaxconn). After a restart ten thousand
 * workers connect within one interval; with the usual 511 those that do not fit believe that they are connected and
 * wait for an answer in vain.
 */
export const LISTEN_BACKLOG = 8_192;
