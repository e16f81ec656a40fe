import { isIP } from 'node:net'

/** Whether only this machine reaches what listens on `host`: `localhost`, or an address of 127.0.0.0/8 or `::1`. Other names are not looked up. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  if (name === 'localhost' || name === '::1') return true
  const address = name.replace(/^::ffff:/, '')
  return isIP(address) === 4 && address.startsWith('127.')
}
