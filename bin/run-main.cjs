'use strict'

const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

// Each statement holds a thread of libuv's pool while it runs; with the default four, heavy scans would block all file reads.
process.env.UV_THREADPOOL_SIZE ??= '16'

const main = join(__dirname, '..', 'dist', 'src', 'main.js')

if (!existsSync(main)) {
  console.error('kpiql is not built here: run "npm run build" first.')
  process.exit(1)
}

import(pathToFileURL(main).href).catch((error) => {
  console.error(error)
  process.exit(1)
})
