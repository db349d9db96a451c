/** What a shell needs to complete our words. Only names are completed: no request is made, and no secret is offered. */
import { usageError } from '../cli-error.ts';
import type { Word, WordCall } from '../word.ts';

const COMMON = ['--json', '--url', '--help'];

export function completionWord(words: () => readonly Word[]): Word {
  return {
    name: 'completion',
    usage: 'bash|zsh',
    about: 'what the shell evaluates to complete these words: source <(inventiv completion bash)',
    takes: [1, 1],
    run: async ({ words: [shell], terminal }: WordCall) => {
      if (shell !== 'bash' && shell !== 'zsh') throw usageError('inventiv completion bash, or zsh');
      // zsh speaks the language of bash for this, when asked.
      const opening = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : '';
      terminal.write(opening + scriptOf(words()));
    },
  };
}

function scriptOf(words: readonly Word[]): string {
  const firsts = [...new Set(words.map(({ name }) => name.split(' ')[0] ?? ''))];
  const cases = [
    ...words.map(({ name, options }) => [name, [...namesOf(options), ...COMMON]] as const),
    ...firsts
      .map((first) => [`${first} *`, secondsOf(words, first)] as const)
      .filter(([, seconds]) => seconds.length > 0),
  ];
  const lines = cases.map(([pattern, offered]) => {
    const [first, second] = pattern.split(' ');
    const shown = second === '*' ? `"${first} "*` : second ? `"${first} ${second}"` : `"${first} "*`;
    return `    ${shown}) words='${offered.join(' ')}' ;;`;
  });
  return `_inventiv() {
  local words='' current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then words='${firsts.join(' ')}'
  else case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${lines.join('\n')}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _inventiv inventiv
`;
}

function secondsOf(words: readonly Word[], first: string): string[] {
  return words.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []));
}

function namesOf(options: Word['options']): string[] {
  return Object.keys(options ?? {}).map((name) => `--${name}`);
}
