/** Loaded before Cube, which listens on every interface of the machine: keeps it on this one. */
const { Server } = require('node:net')

const listen = Server.prototype.listen
Server.prototype.listen = function (port, ...others) {
  const rest = typeof others[0] === 'string' ? others.slice(1) : others
  return typeof port === 'object' && port !== null ? listen.call(this, { ...port, host: '127.0.0.1' }, ...others) : listen.call(this, port, '127.0.0.1', ...rest)
}
