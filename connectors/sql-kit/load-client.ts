import { KpiqlError } from '../../src/base/errors.ts'

/**
 * Loads a database's own client, which a plain install does not bring.
 *
 * @throws KpiqlError `CONFIG_INVALID` that names the command which installs it.
 */
export async function loadClient<T>(packageName: string, connector: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new KpiqlError('CONFIG_INVALID', { message: `The connector "${connector}" needs the package ${packageName}, which is not installed.`, hint: `Install it beside kpiql: npm install ${packageName}`, cause })
  }
}
