import { afterEach, describe, it } from 'vitest'
import { demoPosts } from './support/demo-posts.ts'
import { removeFolders } from './support/folder.ts'
import { endAll } from './support/program.ts'

afterEach(async () => {
  await endAll()
  removeFolders()
})

describe('sequorum demo on a foreign L1 node', () => {
  it('posts three batches of 2-of-3 that any client reads from the chain', () => demoPosts({ members: 3, threshold: 2, batches: 3, within: 150_000 }))
})
