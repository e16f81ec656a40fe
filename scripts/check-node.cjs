'use strict'

// Two Nodes matter. npm puts the devDependency `node` first on the PATH of its scripts, so this file is run by that Node 24,
// or by the machine's own where the package's install script did not run. The machine's own is the one that runs npm itself;
// npm names it in npm_config_user_agent ("npm/10.8.2 node/v20.19.0 linux x64 workspaces/false").
// ES5 only, so that any of them can parse it.

var fs = require('fs')
var path = require('path')

var running = process.versions.node
var agent = / node\/v(\d+\.\d+\.\d+)/.exec(' ' + (process.env.npm_config_user_agent || ''))
var machine = agent ? agent[1] : running
var brought = path.join(__dirname, '..', 'node_modules', 'node')

function atLeast(version, major, minor) {
  var parts = version.split('.')
  return Number(parts[0]) > major || (Number(parts[0]) === major && Number(parts[1]) >= minor)
}

// The range that vite, rolldown and oxlint declare.
function installs(version) {
  return atLeast(version, 22, 12) || (version.split('.')[0] === '20' && atLeast(version, 20, 19))
}

function refuse(lines) {
  console.error(lines.join('\n'))
  process.exit(1)
}

if (!installs(machine)) {
  refuse([
    'KPIQL installs with Node 20.19+ or 22.12+; npm runs on Node ' + machine + ' here.',
    'Install a newer Node (https://nodejs.org), then run: npm ci',
  ])
}
if (!atLeast(running, 22, 19)) {
  refuse([
    "KPIQL's commands need Node 22.19 or newer; this is " + running + ', and ' + whyNotBrought() + '.',
    whatToDo() + ', or use Node >= 22.19.',
  ])
}

function whyNotBrought() {
  if (!fs.existsSync(path.join(brought, 'package.json'))) return 'the package "node" that brings its own is not installed'
  if (!fs.existsSync(path.join(brought, 'bin', 'node'))) return 'the install script of the package "node" did not run (--ignore-scripts?)'
  return 'the package "node" that brings its own is not first on the PATH'
}

function whatToDo() {
  if (!fs.existsSync(path.join(brought, 'package.json'))) return 'Run: npm ci'
  if (!fs.existsSync(path.join(brought, 'bin', 'node'))) return 'Run: npm rebuild node --ignore-scripts=false'
  return 'Run it as an npm script (npm start, npm test, npm exec -- node …)'
}
