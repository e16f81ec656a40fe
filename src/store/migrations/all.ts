import type { Migration } from 'kysely/migration'
import * as first from './0001-first.ts'
import * as keyRoles from './0002-key-roles.ts'
import * as activations from './0003-activations.ts'
import * as forgotten from './0004-forgotten.ts'
import * as queryLog from './0005-query-log.ts'
import * as observed from './0006-observed.ts'

/** Every step of the store's layout, by name and in order. A step that was released is never changed; a new one follows it. */
export const migrations: Readonly<Record<string, Migration>> = { '0001-first': first, '0002-key-roles': keyRoles, '0003-activations': activations, '0004-forgotten': forgotten, '0005-query-log': queryLog, '0006-observed': observed }
