'use strict'

const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

const main = join(__dirname, '..', 'dist', 'src', 'main.js')

if (!existsSync(main)) {
  console.error('kpiql is not built here: run "npm run build" first.')
  process.exit(1)
}

import(pathToFileURL(main).href).catch((error) => {
  console.error(error)
  process.exit(1)
})
