/** Prints the test files to run again on another PostgreSQL, one a line; CI reads them. */
import { databaseTests } from './database-tests.ts';
import { readRepository } from './repository.ts';

process.stdout.write(`${databaseTests(readRepository()).join('\n')}\n`);
