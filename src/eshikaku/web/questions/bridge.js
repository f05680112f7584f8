// One kernel's end of the way to the page: created by start(), never displayed.
// The page's script may be loaded before or after it; `eshikakuPorts` is where they meet.
export default {
  initialize({ model }) {
    const port = {
      send: (message) => model.send(message),
      typeset: (node) => model.widget_manager?.rendermime?.latexTypesetter?.typeset(node),
      receive: () => {},
    };
    const receive = (message) => port.receive(message);
    model.on("msg:custom", receive);
    const ports = (window.eshikakuPorts ??= new Set());
    ports.add(port);
    window.eshikaku?.attach(port);
    return () => {
      model.off("msg:custom", receive);
      ports.delete(port);
      window.eshikaku?.detach(port);
    };
  },
};
