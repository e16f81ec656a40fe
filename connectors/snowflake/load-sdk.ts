import type * as Client from 'snowflake-sdk'
import { loadClient } from '../sql-kit/load-client.ts'

export type Sdk = (typeof Client)['default']

let loaded: Promise<Sdk> | null = null

/** The client, told to write no log of its own and to leave the network alone until it is asked. */
export function loadSdk(): Promise<Sdk> {
  loaded ??= load()
  loaded.catch(() => {
    loaded = null
  })
  return loaded
}

async function load(): Promise<Sdk> {
  // Once it is loaded it asks the metadata addresses of three clouds where it runs, and it reports how its options are written.
  process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] ??= 'true'
  process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] ??= 'true'
  const sdk = await loadClient('snowflake-sdk', 'snowflake', async () => (await import('snowflake-sdk')).default)
  const silent = (): void => {}
  // Else it writes snowflake.log into the working directory, with statements in it.
  sdk.configure({ customLogger: { error: silent, warn: silent, info: silent, debug: silent, trace: silent } })
  return sdk
}
