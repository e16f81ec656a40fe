import { GraphiQL } from 'graphiql'
import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import { createRoot } from 'react-dom/client'
import { examplesOf, exampleTitle } from './example-tabs.ts'
import { fetchAnswer } from './fetch-answer.ts'
import { prepareTabs } from './tab-storage.ts'
import './page.css'

const examples = examplesOf(
  import.meta.glob<string>('../schema/operations/*.graphql', { query: '?raw', eager: true, import: 'default' }),
)

prepareTabs(localStorage, examples)

const mount = document.getElementById('explorer')
if (mount === null) throw new Error('index.html has no element #explorer')

createRoot(mount).render(
  <GraphiQL
    fetcher={fetchAnswer}
    onTabChange={({ tabs }) => {
      // GraphiQL names a tab after its operation and has no setting for it; it hands over its next state just before
      // taking it, so a title changed here is the one shown.
      for (const tab of tabs) tab.title = exampleTitle(tab.query, examples) ?? tab.title
    }}
  >
    <GraphiQL.Logo>
      <span className="product">KPIQL explorer</span>
    </GraphiQL.Logo>
  </GraphiQL>,
)
