const EMAIL = /^[^\s@]+@[^\s@]+$/
const LONGEST = 500

/** What a tool is told of a member: e-mail addresses trimmed and in lower case, other texts as they are; null for what is blank or longer than 500 characters. */
export function addressOf(value: string | null): string | null {
  if (value === null) return null
  const trimmed = value.trim()
  if (trimmed === '' || value.length > LONGEST) return null
  return EMAIL.test(trimmed) ? trimmed.toLowerCase() : value
}
