#!/usr/bin/env node
'use strict'

// Parsed by whatever Node the machine has, so ES5 only: a newer word would end in a SyntaxError instead of the sentence below.
var found = process.versions.node
var parts = found.split('.')
var tooOld = Number(parts[0]) < 22 || (Number(parts[0]) === 22 && Number(parts[1]) < 19)

if (tooOld) {
  console.error('kpiql needs Node 22.19 or newer; this is ' + found + '. Install it, or run: npm i node@24 && npx kpiql')
  process.exit(1)
} else {
  require('./run-main.cjs')
}
