/** The files of a model by their names, for use() of heed-view. */
declare const files: Record<string, string>;
export default files;
