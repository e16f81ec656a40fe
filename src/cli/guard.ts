import { isLoopback } from '../access/loopback.ts'
import { KpiqlError } from '../base/errors.ts'
import type { AccessSettings } from '../http/access-gate.ts'
import type { LazyStore } from '../store/lazy-store.ts'
import type { Setup } from './read-setup.ts'
import type { World } from './world.ts'

/** A key that is given, not made, so that a container can start with one. */
const ADMIN_KEY = 'KPIQL_ADMIN_KEY'
const SHORTEST_KEY = 32

const MAKE_ONE = `Make one with: kpiql keys create --name NAME --role admin. Or set ${ADMIN_KEY} to a secret of at least ${SHORTEST_KEY} characters.`

/** @throws KpiqlError `USAGE` for a key that could be guessed, or that no header can hold. */
export function accessSettings({ config }: Pick<Setup, 'config'>, { env }: Pick<World, 'env'>): AccessSettings {
  const adminKey = env[ADMIN_KEY] || null
  if (adminKey !== null && !(adminKey.length >= SHORTEST_KEY && adminKey.length <= 1_000 && /^[!-~]+$/.test(adminKey))) {
    throw new KpiqlError('USAGE', { message: `The variable ${ADMIN_KEY} has to be ${SHORTEST_KEY} to 1000 letters, digits and signs without spaces.`, hint: 'Make one with: openssl rand -hex 32' })
  }
  return { anonymous: config.access.anonymous, adminKey }
}

/**
 * Lets the server be reached from elsewhere only where every request needs a key, and there is one.
 *
 * @throws KpiqlError `USAGE`, `STORE_UNAVAILABLE`, `STORE_INVALID`.
 */
export async function refuseUnguarded({ config: { server } }: Pick<Setup, 'config'>, { anonymous, adminKey }: AccessSettings, store: LazyStore): Promise<void> {
  if (isLoopback(server.host)) return
  if (anonymous !== 'none' && anonymous !== 'loopback') {
    throw new KpiqlError('USAGE', {
      message: `The address ${server.host} is reached from other machines, and access.anonymous gives the role ${anonymous} to whoever comes without a key.`,
      hint: 'Set access.anonymous to none, or listen on 127.0.0.1.',
    })
  }
  if (adminKey === null && !(await (await store.openIfThere())?.keys.anyActive())) {
    throw new KpiqlError('USAGE', { message: `The address ${server.host} is reached from other machines, and there is no active API key.`, hint: `${MAKE_ONE} Or listen on 127.0.0.1.` })
  }
}

/** One line on who may ask. */
export function describeAccess({ config: { server } }: Pick<Setup, 'config'>, { anonymous }: AccessSettings): string {
  if (anonymous === 'none' || !isLoopback(server.host)) return 'with an API key only'
  return anonymous === 'loopback' ? 'with an API key, or from this machine' : `with an API key; without one as ${anonymous}`
}
