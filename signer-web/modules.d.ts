/** The address of a worker's bundle, as the build gives it. */
declare module '*?worker&url' {
  const url: string
  export default url
}
