/**
 * Entry of the worker: the page reaches its verbs through comlink and nothing else. The worker's name says which of this browser's seats it is.
 * @module
 */
import { expose } from 'comlink'
import { createVerbs } from './verbs.ts'

expose(createVerbs(self.location.href, self.name))
