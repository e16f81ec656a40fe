import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { sendRefusal } from './refusal.ts'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
}

// Monaco styles elements in place and starts its workers from blobs; frame-ancestors works in the header only.
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * Serves the built explorer at `/explorer/`. Only files that stand in the folder when it is first asked for are served, by
 * their exact names; the folder is not touched before. Names that hold a hash never change and are cached for a year.
 *
 * @param folder of the build; one that is not there answers 404 with what to do.
 */
export function serveExplorer(app: FastifyInstance, folder: string): void {
  let listed: Promise<ReadonlyMap<string, number>> | null = null

  app.get('/explorer', { config: { access: 'anyone' } }, async (_request, reply) => reply.redirect('/explorer/', 308))
  app.get('/explorer/*', { config: { access: 'anyone' } }, async (request, reply) => {
    const name = (request.params as { '*': string })['*'] || 'index.html'
    const files = await (listed ??= list(folder))
    const bytes = files.get(name)
    if (files.size === 0) listed = null // not built yet: look again next time
    if (bytes === undefined) {
      return sendRefusal(reply, 'NOT_FOUND', 'The explorer has no such file.', files.size === 0 ? 'Build it with: npm run build' : 'Open /explorer/.')
    }
    return reply
      .header('content-type', contentTypes[extname(name)] ?? 'application/octet-stream')
      .header('content-length', bytes)
      .header('cache-control', name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
      .header('content-security-policy', policy)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .send(createReadStream(join(folder, name)))
  })
}

async function list(folder: string): Promise<ReadonlyMap<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(await Promise.all(files.map(async (path) => [relative(folder, path).split(sep).join('/'), (await stat(path)).size] as const)))
}
