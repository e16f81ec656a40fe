import { getIntrospectionQuery } from 'graphql'

// GraphiQL's own introspection leaves out @oneOf, deprecated input fields and the schema's description.
const fullIntrospection = getIntrospectionQuery({
  oneOf: true,
  inputValueDeprecation: true,
  schemaDescription: true,
  specifiedByUrl: true,
})

interface Asked {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: unknown
}

/**
 * Asks `/graphql` of the page's own origin and gives the answer as parsed, errors and extensions included.
 *
 * @throws Error that quotes the HTTP status and the start of the body when the answer is not JSON.
 */
export async function fetchAnswer(asked: Asked, options?: { readonly headers?: Readonly<Record<string, unknown>> }) {
  const body = asked.operationName === 'IntrospectionQuery' ? { ...asked, query: fullIntrospection } : asked
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...(options?.headers as Record<string, string> | undefined),
    },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`/graphql answered ${response.status} ${response.statusText} without JSON: ${text.slice(0, 300)}`, { cause })
  }
}
