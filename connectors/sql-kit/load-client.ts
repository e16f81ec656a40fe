import { loadPackage } from '../../src/base/load-package.ts'

/**
 * Loads a database's own client, which a plain install does not bring.
 *
 * @throws KpiqlError `CONFIG_INVALID` that names the command which installs it.
 */
export function loadClient<T>(packageName: string, connector: string, load: () => Promise<T>): Promise<T> {
  return loadPackage(packageName, `The connector "${connector}"`, load)
}
