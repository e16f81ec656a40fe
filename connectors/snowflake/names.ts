/** How Snowflake keeps a name that was written without quotes: in upper case. The dialect prints names the same way. */
export function storedName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name.toUpperCase() : name
}

/** How we call what Snowflake keeps: plain names in lower case, others as they stand. Null for names kept in lower case, which would be taken for the plain ones. */
export function knownName(stored: string): string | null {
  if (/^[A-Z_][A-Z0-9_$]*$/.test(stored)) return stored.toLowerCase()
  return /^[a-z_][a-z0-9_$]*$/.test(stored) ? null : stored
}
