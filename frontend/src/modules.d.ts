declare module "idiomorph" {
  interface Callbacks {
    beforeNodeMorphed?(from: Node, to: Node): boolean;
    beforeNodeRemoved?(node: Node): boolean;
    beforeAttributeUpdated?(attribute: string, element: Element, kind: "update" | "remove"): boolean;
  }
  interface Options {
    morphStyle?: "innerHTML" | "outerHTML";
    ignoreActiveValue?: boolean;
    restoreFocus?: boolean;
    callbacks?: Callbacks;
  }
  export const Idiomorph: {
    defaults: Options;
    morph(from: Element, to: Element[] | Element | string, options?: Options): Node[];
  };
}
