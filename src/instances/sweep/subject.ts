/** One account at a provider, as the subject of a job: `provider` or `provider/account`. */
export interface Account {
  readonly providerId: string;
  /** '' is the installation's own credentials. */
  readonly accountId: string;
}

export function subjectOf(access: {
  readonly providerId: string;
  readonly accountId: string | null;
}): string {
  return access.accountId ? `${access.providerId}/${access.accountId}` : access.providerId;
}

export function accountOf(subject: string): Account {
  const cut = subject.indexOf('/');
  if (cut < 0) return { providerId: subject, accountId: '' };
  return { providerId: subject.slice(0, cut), accountId: subject.slice(cut + 1) };
}
