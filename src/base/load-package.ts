import { KpiqlError } from './errors.ts'

/**
 * Loads a package that a plain install does not bring.
 *
 * @param neededBy as a sentence begins: `The connector "postgres"`.
 * @throws KpiqlError `CONFIG_INVALID` that names the command which installs it.
 */
export async function loadPackage<T>(packageName: string, neededBy: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new KpiqlError('CONFIG_INVALID', { message: `${neededBy} needs the package ${packageName}, which is not installed.`, hint: `Install it beside kpiql: npm install ${packageName}`, cause })
  }
}
