import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/**
 * Installs what one of the folders beside this file asks for, as its lock says, into the bench's own data; once for a lock.
 *
 * @param flags of npm.
 * @returns The folder, with the files of its source.
 */
export async function installPeer(name: string, flags: readonly string[]): Promise<string> {
  const source = fileURLToPath(new URL(`./${name}`, import.meta.url))
  const folder = fileURLToPath(new URL(`../data/peers/${name}`, import.meta.url))
  await cp(source, folder, { recursive: true })
  const lock = await readFile(`${source}/package-lock.json`, 'utf8')
  const stamp = `${folder}/node_modules/.installed-lock`
  if ((await readFile(stamp, 'utf8').catch(() => null)) === lock) return folder
  console.error(`  installing ${name} …`)
  // No script of a package runs: none is needed, and they would fetch from elsewhere.
  const child = spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=prod', ...flags], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`npm did not install ${name}: code ${code}.`)
  await writeFile(stamp, lock)
  return folder
}

/** Versions of packages as installed, `name version`. */
export function versionsIn(folder: string, names: readonly string[]): Promise<string> {
  return Promise.all(names.map(async (name) => `${name} ${(JSON.parse(await readFile(`${folder}/node_modules/${name}/package.json`, 'utf8')) as { version: string }).version}`)).then((all) => all.join(', '))
}
