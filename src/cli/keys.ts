import { ROLES } from '../access/role.ts'
import type { Role } from '../access/role.ts'
import { systemClock } from '../base/clock.ts'
import { isCalendarDay } from '../base/calendar-day.ts'
import { KpiqlError } from '../base/errors.ts'
import { parseFixedSpan } from '../model/interval.ts'
import type { ApiKey } from '../store/api-keys.ts'
import { lazyStore } from '../store/lazy-store.ts'
import type { Store } from '../store/open-store.ts'
import { ProblemsFound } from './problems-found.ts'
import { readSetup } from './read-setup.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface KeyFlags {
  readonly config?: string
  readonly json?: boolean
}

/** Prints the secret on stdout, and what else is to be known of it on stderr. @throws KpiqlError `USAGE` for a moment or a role that is none. */
export async function createKey({ name, expires, role, ...flags }: KeyFlags & { readonly name: string; readonly expires?: string; readonly role?: string }, world: World): Promise<number> {
  const expiresAtMs = expires === undefined ? null : momentOf(expires, systemClock.nowMs())
  const asked = roleNamed(role ?? 'viewer')
  return withStore(flags, world, async ({ keys }) => {
    const { key, secret } = await keys.create(name, expiresAtMs, asked)
    if (flags.json === true) {
      world.out.write(`${JSON.stringify({ ...key, secret })}\n`)
      return
    }
    world.out.write(`${secret}\n`)
    world.err.write(`Made the key ${key.id} (${key.name}) of the role ${key.role}${key.expiresAt === null ? '' : `, which expires on ${key.expiresAt}`}. Keep the secret now: it is not shown again.\n`)
  })
}

export async function listKeys(flags: KeyFlags, world: World): Promise<number> {
  return withStore(flags, world, async ({ keys }) => {
    const all = await keys.list()
    if (flags.json === true) world.out.write(`${JSON.stringify(all)}\n`)
    else if (all.length === 0) world.err.write('There are no keys. Make one with: kpiql keys create --name NAME --role viewer\n')
    else for (const key of all) world.out.write(lineOf(key))
  })
}

export async function revokeKey(id: string, flags: KeyFlags, world: World): Promise<number> {
  return withStore(flags, world, async ({ keys }) => {
    const key = await keys.revoke(id)
    if (flags.json === true) world.out.write(`${JSON.stringify(key)}\n`)
    else world.err.write(`Revoked the key ${key.id} (${key.name}).\n`)
  })
}

function lineOf({ id, prefix, role, state, createdAt, expiresAt, name }: ApiKey): string {
  return `${id}  ${`${prefix}_…`.padEnd(20)}  ${role.padEnd(6)}  ${state.padEnd(7)}  made ${createdAt.slice(0, 10)}  ${expiresAt === null ? 'never expires     ' : `expires ${expiresAt.slice(0, 10)}`}  ${name}\n`
}

async function withStore({ config }: KeyFlags, world: World, use: (store: Store) => Promise<void>): Promise<number> {
  const { problems, storeFile } = await readSetup({ config }, world, false)
  if (problems.length > 0) throw new ProblemsFound(problems)
  const store = lazyStore(storeFile, systemClock)
  try {
    await use(await store.open())
    return EXIT.ok
  } finally {
    await store.close()
  }
}

function roleNamed(text: string): Role {
  const role = ROLES.find((one) => one === text)
  if (role !== undefined) return role
  throw new KpiqlError('USAGE', { message: `There is no role ${text.slice(0, 20)}.`, hint: `Roles are ${ROLES.join(', ')}.` })
}

function momentOf(text: string, nowMs: number): number {
  if (isCalendarDay(text)) return Date.parse(`${text}T00:00:00Z`)
  const spanMs = parseFixedSpan(text)
  if (spanMs !== null) return nowMs + spanMs
  throw new KpiqlError('USAGE', { message: `--expires is neither a span nor a date: ${text.slice(0, 20)}.`, hint: 'Write "90 days", or YYYY-MM-DD: the key expires as that day begins in UTC.' })
}
