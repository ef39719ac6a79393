/** Style sheets: a page of ours imports one for its effect; the content script has its text (build.mjs). */
declare module "*.css" {
  const text: string;
  export default text;
}
