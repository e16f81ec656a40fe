/** Freezes plain data in place, maps included: a change at run time throws instead of altering what others read. */
export function freezeDeep<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map) {
    for (const [key, item] of value) {
      freezeDeep(key)
      freezeDeep(item)
    }
    for (const method of ['set', 'delete', 'clear'] as const) Object.defineProperty(value, method, { value: refuse })
    Object.freeze(value)
    return value
  }
  Object.freeze(value)
  for (const item of Object.values(value)) freezeDeep(item)
  return value
}

function refuse(): never {
  throw new TypeError('The model is read-only.')
}
