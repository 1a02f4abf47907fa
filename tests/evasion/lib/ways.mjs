// Ways for a script to make a request or to store something, and which of them
// pass what.  Each is run in a page of its own: `u` is a URL of a third party
// that nothing allows, `s` the same with https, `h` its host, `k` a name that a
// denied service stores under, `own(type, body)` the URL of a first-party
// answer.  What has to be looked at with time is awaited.

const ways = {};

function group(name, some) {
    for (const [id, code] of Object.entries(some)) {
        ways[id] = { id, group: name, code: code.toString() };
    }
}

group('requests', {
    'fetch': (u) => fetch(u),
    'fetch-post': (u) => fetch(u, { method: 'POST', body: 'x',
                                    mode: 'no-cors', keepalive: true }),
    'fetch-url-object': (u) => fetch(new URL(u)),
    'fetch-request': (u) => fetch(new Request(u)),
    'fetch-request-copy': (u) => fetch(new Request(new Request(u))),
    'fetch-text-object': (u) => fetch({ toString: () => u }),
    'fetch-protocol-relative': (u) => fetch(u.replace('http:', '')),
    'fetch-backslashes': (u) => fetch(u.replace('//', '\\\\')),
    'fetch-white-space': (u) => fetch(' \n' + u.replace('t', '\tt')),
    'fetch-capitals': (u) => fetch(u.toUpperCase()),
    'fetch-slashes': (u) => fetch(u.replace('//', '////')),
    'fetch-redirect': (u, s, h, k, own) => fetch(own('redirect', u)),
    'fetch-frozen': (u) => {
        Object.freeze(window.Window.prototype);
        return fetch(u);
    },
    'cache-add': async (u) => (await caches.open('x')).add(u),
    'fetch-call': (u) => window.fetch.call(window, u),
    'fetch-apply': (u) => Reflect.apply(fetch, undefined, [u]),
    'fetch-bound': (u) => fetch.bind(window, u)(),
    'fetch-timer': (u) => setTimeout('fetch("' + u + '")'),
    'fetch-eval': (u) => (0, eval)('fetch("' + u + '")'),
    'fetch-function': (u) => new Function('u', 'return fetch(u)')(u),
    'fetch-microtask': (u) => Promise.resolve(u).then(fetch),
    'xhr': (u) => {
        const x = new XMLHttpRequest();
        x.open('GET', u);
        x.send();
    },
    'xhr-post': (u) => {
        const x = new XMLHttpRequest();
        x.open('POST', u, true);
        x.send('x');
    },
    'xhr-sync': (u) => {
        const x = new XMLHttpRequest();
        x.open('GET', u, false);
        x.send();
    },
    'xhr-prototype': (u) => {
        const x = new XMLHttpRequest();
        XMLHttpRequest.prototype.open.call(x, 'GET', new URL(u));
        x.send();
    },
    'beacon': (u) => navigator.sendBeacon(u, 'x'),
    'beacon-prototype': (u) =>
        Navigator.prototype.sendBeacon.call(navigator, u),
    'websocket': (u) => new WebSocket(u.replace('http', 'ws')),
    'websocket-http': (u) => new WebSocket(u),
    'websocket-subclass': (u) =>
        new (class extends WebSocket {})(u.replace('http', 'ws')),
    'websocket-constructor': (u) =>
        new (WebSocket.prototype.constructor)(u.replace('http', 'ws')),
    'event-source': (u) => new EventSource(u),
    'event-source-subclass': (u) => new (class extends EventSource {})(u),
    'import': (u) => import(u),
    'import-map': (u) => {
        const map = document.createElement('script');
        map.type = 'importmap';
        map.textContent = JSON.stringify({ imports: { away: u } });
        document.head.append(map);
        return import('away');
    },
    'import-blob': (u) => import(URL.createObjectURL(
        new Blob(['import "' + u + '"'], { type: 'text/javascript' }))),
    'worklet': (u) => CSS.paintWorklet?.addModule(u),
    'audio-worklet': (u) => new AudioContext().audioWorklet.addModule(u),
    'wasm': (u) => WebAssembly.compileStreaming(fetch(u)),
});

group('elements', {
    'script-src': (u) => {
        const el = document.createElement('script');
        el.src = u;
        document.head.append(el);
    },
    'script-before-first': (u) => {
        const el = document.createElement('script');
        const first = document.getElementsByTagName('script')[0]
            ?? document.head.firstChild;
        el.async = true;
        el.src = u;
        first.parentNode.insertBefore(el, first);
    },
    'script-late-src': (u) => {
        const el = document.createElement('script');
        document.head.append(el);
        el.src = u;
    },
    'script-attribute': (u) => {
        const el = document.createElement('script');
        el.setAttribute('SRC', u);
        document.head.append(el);
    },
    'script-module': (u) => {
        const el = document.createElement('script');
        el.type = 'module';
        el.src = u;
        document.head.append(el);
    },
    'script-module-inline': (u) => {
        const el = document.createElement('script');
        el.type = 'module';
        el.textContent = 'import "' + u + '"';
        document.head.append(el);
    },
    'script-svg': (u) => {
        const el = document.createElementNS('http://www.w3.org/2000/svg',
                                            'script');
        el.setAttribute('href', u);
        document.body.append(el);
    },
    'script-clone': (u) => {
        const el = document.createElement('script');
        el.src = u;
        document.head.append(el.cloneNode(true));
    },
    'script-import-node': (u) => {
        const other = document.implementation.createHTMLDocument('');
        const el = other.createElement('script');
        el.src = u;
        document.head.append(document.importNode(el, true));
    },
    'script-adopted': (u) => {
        const other = document.implementation.createHTMLDocument('');
        const el = other.createElement('script');
        el.src = u;
        document.head.append(el);
    },
    'script-inline': (u) => {
        const el = document.createElement('script');
        el.textContent = 'fetch("' + u + '")';
        document.head.append(el);
    },
    'script-text-child': (u) => {
        const el = document.createElement('script');
        el.append('new Image().src = "' + u + '"');
        document.head.append(el);
    },
    'script-handler': (u) => {
        const el = document.createElement('p');
        el.setAttribute('onclick', 'fetch("' + u + '")');
        el.click();
    },
    'image': (u) => { new Image().src = u; },
    'image-element': (u) => { document.createElement('img').src = u; },
    'image-attribute': (u) =>
        document.createElement('img').setAttribute('src', u),
    'image-attribute-ns': (u) =>
        document.createElement('img').setAttributeNS(null, 'src', u),
    'image-attribute-node': (u) => {
        const at = document.createAttribute('src');
        at.value = u;
        document.createElement('img').setAttributeNode(at);
    },
    'image-attribute-map': (u) => {
        const at = document.createAttribute('src');
        at.value = u;
        document.createElement('img').attributes.setNamedItem(at);
    },
    'image-attribute-value': (u) => {
        const el = document.createElement('img');
        el.setAttribute('src', '');
        el.attributes.src.value = u;
    },
    'image-attribute-node-value': (u) => {
        const el = document.createElement('img');
        el.setAttribute('src', '');
        el.attributes.src.nodeValue = u;
    },
    'image-srcset': (u) => { new Image().srcset = u + ' 1x, /x.gif 2x'; },
    'image-srcset-second': (u) => {
        new Image().srcset = '/x.gif 9x,' + u + ' 1x';
    },
    'image-reflect': (u) => Reflect.set(new Image(), 'src', u),
    'image-redirect': (u, s, h, k, own) => {
        new Image().src = own('redirect', u);
    },
    'image-namespace': (u) => {
        document.createElementNS('http://www.w3.org/1999/xhtml', 'img')
            .src = u;
    },
    'image-fragment': (u) => {
        const part = document.createDocumentFragment();
        const el = part.appendChild(document.createElement('img'));
        document.body.prepend(part);
        el.src = u;
    },
    'image-custom-element': (u) => {
        customElements.define('x-image', class extends HTMLElement {
            connectedCallback() {
                this.innerHTML = '<img src="' + u + '">';
            }
        });
        document.body.append(document.createElement('x-image'));
    },
    'image-descriptor': (u) => Object.getOwnPropertyDescriptor(
        HTMLImageElement.prototype, 'src').set.call(new Image(), u),
    'image-assign': (u) => Object.assign(new Image(), { src: u }),
    'image-named': (u) => {
        const el = new window['Im' + 'age']();
        el['s' + 'rc'] = u;
    },
    'image-base': (u) => {
        const base = document.createElement('base');
        base.href = u;
        document.head.append(base);
        new Image().src = 'x.gif';
    },
    'image-lazy': (u) => {
        const el = new Image(9, 9);
        el.loading = 'lazy';
        el.src = u;
        document.body.prepend(el);
    },
    'image-picture': (u) => {
        const el = document.createElement('picture');
        const source = document.createElement('source');
        source.srcset = u;
        el.append(source, document.createElement('img'));
        document.body.append(el);
    },
    'image-svg': (u) => {
        const make = (name) => document.createElementNS(
            'http://www.w3.org/2000/svg', name);
        const el = make('svg');
        el.append(make('image'));
        el.firstChild.setAttribute('href', u);
        document.body.append(el);
    },
    'image-svg-xlink': (u) => {
        const make = (name) => document.createElementNS(
            'http://www.w3.org/2000/svg', name);
        const el = make('svg');
        el.append(make('image'));
        el.firstChild.setAttributeNS('http://www.w3.org/1999/xlink',
                                     'xlink:href', u);
        document.body.append(el);
    },
    'image-svg-value': (u) => {
        const make = (name) => document.createElementNS(
            'http://www.w3.org/2000/svg', name);
        const el = make('svg');
        el.append(make('image'));
        document.body.append(el);
        el.firstChild.href.baseVal = u;
    },
    'image-svg-animated': (u) => {
        document.body.innerHTML = '<svg><image><set attributeName="href" to="'
            + u + '"/></image></svg>';
    },
    'image-filter': (u) => {
        const make = (name) => document.createElementNS(
            'http://www.w3.org/2000/svg', name);
        const el = make('svg');
        const filter = make('filter');
        filter.id = 'f';
        filter.append(make('feImage'));
        filter.firstChild.setAttribute('href', u);
        el.append(filter, make('rect'));
        el.lastChild.setAttribute('filter', 'url(#f)');
        el.lastChild.setAttribute('width', 9);
        el.lastChild.setAttribute('height', 9);
        document.body.append(el);
    },
    'image-input': (u) => {
        const el = document.createElement('input');
        el.type = 'image';
        el.src = u;
        document.body.append(el);
    },
    'image-background-attribute': (u) => {
        document.body.setAttribute('background', u);
    },
    'audio': (u) => new Audio(u),
    'audio-src': (u) => { new Audio().src = u; },
    'video': (u) => {
        const el = document.createElement('video');
        el.src = u;
        document.body.append(el);
    },
    'video-poster': (u) => {
        const el = document.createElement('video');
        el.poster = u;
        document.body.append(el);
    },
    'video-source': (u) => {
        const el = document.createElement('video');
        const source = document.createElement('source');
        source.src = u;
        el.append(source);
        document.body.append(el);
        el.load();
    },
    'video-track': (u) => {
        const el = document.createElement('video');
        const track = document.createElement('track');
        el.crossOrigin = 'anonymous';
        track.src = u;
        track.default = true;
        el.append(track);
        document.body.append(el);
        track.track.mode = 'showing';
    },
    'iframe': (u) => {
        const el = document.createElement('iframe');
        el.src = u;
        document.body.append(el);
    },
    'iframe-late': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.setAttribute('src', u);
    },
    'iframe-redirect': (u, s, h, k, own) => {
        const el = document.createElement('iframe');
        el.src = own('redirect', u);
        document.body.append(el);
    },
    'iframe-location': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentWindow.location.replace(u);
    },
    'iframe-srcdoc': (u) => {
        const el = document.createElement('iframe');
        el.srcdoc = '<img src="' + u + '">';
        document.body.append(el);
    },
    'iframe-srcdoc-attribute': (u) => {
        const el = document.createElement('iframe');
        el.setAttribute('srcdoc', '<script src="' + u + '"></scr' + 'ipt>');
        document.body.append(el);
    },
    'iframe-data': (u) => {
        const el = document.createElement('iframe');
        el.src = 'data:text/html,<img src="' + u + '">';
        document.body.append(el);
    },
    'iframe-blob': (u) => {
        const el = document.createElement('iframe');
        el.src = URL.createObjectURL(new Blob(['<img src="' + u + '">'],
                                              { type: 'text/html' }));
        document.body.append(el);
    },
    'iframe-javascript': (u) => {
        const el = document.createElement('iframe');
        el.src = 'javascript:void(new Image().src="' + u + '")';
        document.body.append(el);
    },
    'frame': (u) => {
        const el = document.createElement('frameset');
        const frame = document.createElement('frame');
        frame.src = u;
        el.append(frame);
        document.body.replaceWith(el);
    },
    'embed': (u) => {
        const el = document.createElement('embed');
        el.src = u;
        document.body.append(el);
    },
    'object': (u) => {
        const el = document.createElement('object');
        el.data = u;
        document.body.append(el);
    },
    'object-image': (u) => {
        const el = document.createElement('object');
        el.type = 'image/gif';
        el.setAttribute('data', u);
        document.body.append(el);
    },
    'stylesheet': (u) => {
        const el = document.createElement('link');
        el.rel = 'stylesheet';
        el.href = u;
        document.head.append(el);
    },
    'stylesheet-rel-last': (u) => {
        const el = document.createElement('link');
        document.head.append(el);
        el.href = u;
        el.rel = 'stylesheet';
    },
    'stylesheet-instruction': (u) => document.insertBefore(
        document.createProcessingInstruction(
            'xml-stylesheet', 'href="' + u + '" type="text/css"'),
        document.documentElement),
    'ping': (u) => {
        const el = document.createElement('a');
        el.href = '#x';
        el.ping = u;
        document.body.append(el);
        el.click();
    },
    'ping-attribute': (u) => {
        const el = document.createElement('a');
        el.href = '#x';
        el.setAttribute('ping', u);
        document.body.append(el);
        el.click();
    },
});

group('hints', {
    'preload': (u) => {
        const el = document.createElement('link');
        el.rel = 'preload';
        el.as = 'script';
        el.href = u;
        document.head.append(el);
    },
    'preload-font': (u) => {
        const el = document.createElement('link');
        el.rel = 'preload';
        el.as = 'font';
        el.crossOrigin = '';
        el.setAttribute('href', u);
        document.head.append(el);
    },
    'preload-image-set': (u) => {
        const el = document.createElement('link');
        el.rel = 'preload';
        el.as = 'image';
        el.imageSrcset = u + ' 1x';
        document.head.append(el);
    },
    'modulepreload': (u) => {
        const el = document.createElement('link');
        el.rel = 'modulepreload';
        el.href = u;
        document.head.append(el);
    },
    'prefetch': (u) => {
        const el = document.createElement('link');
        el.rel = 'prefetch';
        el.href = u;
        document.head.append(el);
    },
    'preconnect': (u, s) => {
        const el = document.createElement('link');
        el.rel = 'preconnect';
        el.href = s;
        document.head.append(el);
    },
    'preconnect-href-first': (u, s) => {
        const el = document.createElement('link');
        el.href = s;
        document.head.append(el);
        el.relList.add('preconnect');
    },
    'preconnect-markup': (u, s) => {
        document.head.insertAdjacentHTML(
            'beforeend', '<link rel=preconnect href=' + s + '>');
    },
    'preconnect-shadow': (u, s) => {
        const el = document.createElement('div');
        document.body.append(el);
        el.attachShadow({ mode: 'closed' }).innerHTML =
            '<link rel="preconnect" href="' + s + '">';
    },
    'speculation-rules': (u, s) => {
        const el = document.createElement('script');
        el.type = 'speculationrules';
        el.textContent = JSON.stringify({ prefetch: [
            { urls: [s], eagerness: 'immediate' }] });
        document.head.append(el);
    },
});

group('markup', {
    'inner-html': (u) => {
        document.body.innerHTML = '<img src="' + u + '">';
    },
    'inner-html-entities': (u) => {
        document.body.innerHTML = '<img src="'
            + u.replace(/[:/]/g, (c) => '&#' + c.charCodeAt() + ';') + '">';
    },
    'inner-html-detached': (u) => {
        document.createElement('div').innerHTML = '<img src=' + u + '>';
    },
    'inner-html-srcset': (u) => {
        document.body.innerHTML = '<img srcset="/x 3x, ' + u + '">';
    },
    'inner-html-frame': (u) => {
        document.body.innerHTML = '<iframe src="' + u + '"></iframe>';
    },
    'inner-html-nested': (u) => {
        document.body.innerHTML = '<iframe srcdoc="&lt;img src=&quot;' + u
            + '&quot;&gt;"></iframe>';
    },
    'inner-html-link': (u) => {
        document.head.innerHTML = '<link rel=stylesheet href=' + u + '>';
    },
    'inner-html-style': (u) => {
        document.body.innerHTML = '<style>body { background: url(' + u
            + ') }</style>';
    },
    'inner-html-style-attribute': (u) => {
        document.body.innerHTML = '<p style="background:url(' + u + ')">x';
    },
    'inner-html-table': (u) => {
        const el = document.createElement('table');
        el.innerHTML = '<tr><td><img src=' + u + '>';
    },
    'inner-html-svg': (u) => {
        const el = document.createElementNS('http://www.w3.org/2000/svg',
                                            'svg');
        document.body.append(el);
        el.innerHTML = '<image href="' + u + '"/>';
    },
    'inner-html-video': (u) => {
        document.body.innerHTML = '<video poster="' + u + '"></video>';
    },
    'inner-html-handler': (u) => {
        document.body.innerHTML = '<img src=x onerror="fetch(\'' + u
            + '\')">';
    },
    'outer-html': (u) => {
        const el = document.createElement('p');
        document.body.append(el);
        el.outerHTML = '<img src="' + u + '">';
    },
    'adjacent': (u) => document.body.insertAdjacentHTML(
        'afterbegin', '<img src="' + u + '">'),
    'fragment': (u) => document.body.append(
        document.createRange().createContextualFragment(
            '<script src="' + u + '"></scr' + 'ipt>')),
    'fragment-image': (u) => document.createRange()
        .createContextualFragment('<img src="' + u + '">'),
    'inner-html-fragment': (u) => {
        const el = document.createElement('template');
        el.innerHTML = '<p>x</p>';
        el.content.firstChild.outerHTML = '<img src="' + u + '">';
        document.body.append(document.importNode(el.content, true));
    },
    'adjacent-svg': (u) => {
        document.body.insertAdjacentHTML('beforeend', '<svg><g id=g></g></svg>');
        document.getElementById('g').insertAdjacentHTML(
            'beforeend', '<image href="' + u + '"/>');
    },
    'set-html-unsafe': (u) => document.body.setHTMLUnsafe(
        '<img src="' + u + '">'),
    'parse-html-unsafe': (u) => {
        const other = Document.parseHTMLUnsafe('<img src="' + u + '">');
        document.body.append(...other.body.childNodes);
    },
    'parser': (u) => {
        const other = new DOMParser().parseFromString(
            '<img src="' + u + '">', 'text/html');
        document.body.append(...other.body.childNodes);
    },
    'parser-script': (u) => {
        const other = new DOMParser().parseFromString(
            '<svg xmlns="http://www.w3.org/2000/svg"><image href="' + u
            + '"/></svg>', 'image/svg+xml');
        document.body.append(document.adoptNode(other.documentElement));
    },
    'parser-adopted-script': (u) => {
        const other = new DOMParser().parseFromString('<p>x</p>', 'text/html');
        const el = other.createElement('script');
        el.setAttribute('src', u);
        document.head.append(document.adoptNode(el));
    },
    'other-document': (u) => {
        const other = document.implementation.createHTMLDocument('');
        other.body.innerHTML = '<img src="' + u + '">';
        document.body.append(document.adoptNode(other.body.firstChild));
    },
    'template': (u) => {
        const el = document.createElement('template');
        el.innerHTML = '<img src="' + u + '">';
        document.body.append(el.content.cloneNode(true));
    },
    'template-import': (u) => {
        const el = document.createElement('template');
        el.innerHTML = '<img srcset="' + u + ' 1x">';
        document.body.append(document.importNode(el.content, true));
    },
    'shadow': (u) => {
        const el = document.createElement('div');
        document.body.append(el);
        el.attachShadow({ mode: 'open' }).innerHTML = '<img src=' + u + '>';
    },
    'shadow-closed': (u) => {
        const el = document.createElement('div');
        const root = el.attachShadow({ mode: 'closed' });
        const image = document.createElement('img');
        image.src = u;
        root.append(image);
    },
    'shadow-declarative': (u) => {
        document.body.setHTMLUnsafe('<div><template shadowrootmode=open>'
            + '<img src="' + u + '"></template></div>');
    },
    'write': (u) => document.write('<img src="' + u + '">'),
    'write-script': (u) => document.write('<script src="' + u + '"></scr'
                                          + 'ipt>'),
    'write-pieces': (u) => {
        document.write('<im');
        document.write('g src="' + u);
        document.write('">');
    },
    'write-arguments': (u) => document.write('<img src="', u, '">'),
    'writeln': (u) => document.writeln('<img src="' + u + '">'),
    'write-other-document': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentDocument.write('<img src="' + u + '">');
    },
    'exec-command': (u) => {
        document.body.contentEditable = true;
        document.body.focus();
        getSelection().selectAllChildren(document.body);
        document.execCommand('insertHTML', false, '<img src="' + u + '">');
    },
    'exec-command-image': (u) => {
        document.body.contentEditable = true;
        document.body.focus();
        getSelection().selectAllChildren(document.body);
        document.execCommand('insertImage', false, u);
    },
    'xslt': (u) => {
        const xslt = new XSLTProcessor();
        xslt.importStylesheet(new DOMParser().parseFromString(
            '<xsl:stylesheet version="1.0" '
            + 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
            + '<xsl:template match="/"><img src="' + u + '"/>'
            + '</xsl:template></xsl:stylesheet>', 'text/xml'));
        document.body.append(xslt.transformToFragment(
            new DOMParser().parseFromString('<a/>', 'text/xml'), document));
    },
    'response-document': async (u, s, h, k, own) => {
        const x = new XMLHttpRequest();
        x.responseType = 'document';
        x.open('GET', own('text/html', '<script>document</script><img src="'
                          + u + '">'));
        x.onload = () => document.body.append(
            ...x.responseXML.body.childNodes);
        x.send();
    },
});

group('styles', {
    'style-text': (u) => {
        const el = document.createElement('style');
        el.textContent = 'body { background: url("' + u + '") }';
        document.head.append(el);
    },
    'style-text-node': (u) => {
        const el = document.createElement('style');
        el.appendChild(document.createTextNode(
            'body { background: url("' + u + '") }'));
        document.head.append(el);
    },
    'style-append': (u) => {
        const el = document.createElement('style');
        document.head.append(el);
        el.append('body { background: url("' + u + '") }');
    },
    'style-replace-children': (u) => {
        const el = document.createElement('style');
        document.head.append(el);
        el.replaceChildren('body { background: url("' + u + '") }');
    },
    'style-import': (u) => {
        const el = document.createElement('style');
        el.textContent = '@import "' + u + '";';
        document.head.append(el);
    },
    'style-inner-html': (u) => {
        const el = document.createElement('style');
        el.innerHTML = '@import url(' + u + ');';
        document.head.append(el);
    },
    'style-escapes': (u) => {
        const el = document.createElement('style');
        el.textContent = 'body { background: \\75rl("'
            + u.replace(/\//g, '\\2f ') + '") }';
        document.head.append(el);
    },
    'style-image-set': (u) => {
        const el = document.createElement('style');
        el.textContent = 'body { background: image-set("' + u + '" 1x) }';
        document.head.append(el);
    },
    'style-variable': (u) => {
        const el = document.createElement('style');
        el.textContent = 'body { --x: url(' + u + '); background: var(--x) }';
        document.head.append(el);
    },
    'style-font': (u) => {
        const el = document.createElement('style');
        el.textContent = '@font-face { font-family: x; src: url(' + u
            + ') } body { font-family: x }';
        document.head.append(el);
        document.body.append('text');
    },
    'style-cursor': (u) => {
        document.body.style.cssText = 'content: url(' + u + ')';
    },
    'style-data-change': (u) => {
        const el = document.createElement('style');
        const text = document.createTextNode(' ');
        el.append(text);
        document.head.append(el);
        text.data = 'body { background: url("' + u + '") }';
    },
    'insert-rule': (u) => {
        const el = document.createElement('style');
        document.head.append(el);
        el.sheet.insertRule('body { background: url("' + u + '") }');
    },
    'insert-rule-media': (u) => {
        const el = document.createElement('style');
        el.textContent = '@media all {}';
        document.head.append(el);
        el.sheet.cssRules[0].insertRule('body { background: url("' + u
                                        + '") }');
    },
    'add-rule': (u) => {
        const el = document.createElement('style');
        document.head.append(el);
        el.sheet.addRule('body', 'background: url("' + u + '")');
    },
    'rule-style': (u) => {
        const el = document.createElement('style');
        el.textContent = 'body { color: red }';
        document.head.append(el);
        el.sheet.cssRules[0].style.backgroundImage = 'url("' + u + '")';
    },
    'adopted-sheet': (u) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('body { background: url("' + u + '") }');
        document.adoptedStyleSheets = [sheet];
    },
    'adopted-sheet-later': async (u) => {
        const sheet = new CSSStyleSheet();
        document.adoptedStyleSheets = [sheet];
        await sheet.replace('body { background: url("' + u + '") }');
    },
    'adopted-sheet-shadow': (u) => {
        const el = document.createElement('div');
        document.body.append(el);
        const sheet = new CSSStyleSheet();
        const root = el.attachShadow({ mode: 'open' });
        root.innerHTML = '<p>x</p>';
        sheet.replaceSync('p { background: url("' + u + '") }');
        root.adoptedStyleSheets.push(sheet);
    },
    'property': (u) => {
        document.body.style.backgroundImage = 'url("' + u + '")';
    },
    'property-dashed': (u) => {
        document.body.style['background-image'] = 'url("' + u + '")';
    },
    'property-set': (u) => document.body.style.setProperty(
        'background', 'url("' + u + '")'),
    'property-text': (u) => {
        document.body.style.cssText = 'background: url("' + u + '")';
    },
    'property-whole': (u) => {
        document.body.style = 'background: url("' + u + '")';
    },
    'property-attribute': (u) => document.body.setAttribute(
        'style', 'background: url("' + u + '")'),
    'property-detached': (u) => {
        const el = document.createElement('p');
        el.style.background = 'url("' + u + '")';
        document.body.append(el);
    },
    'property-map': (u) => document.body.attributeStyleMap.set(
        'background-image', 'url("' + u + '")'),
    'property-shadow': (u) => {
        const el = document.createElement('div');
        document.body.append(el);
        const root = el.attachShadow({ mode: 'closed' });
        const inside = document.createElement('p');
        root.append(inside);
        inside.style.background = 'url("' + u + '")';
    },
    'animation': (u) => document.body.animate(
        [{ backgroundImage: 'url("' + u + '")' },
         { backgroundImage: 'url("' + u + '")' }], 5000),
    'font-face': (u) => new FontFace('x', 'url("' + u + '")').load(),
    'font-face-added': (u) => {
        document.fonts.add(new FontFace('y', 'url("' + u + '")'));
        document.body.style.fontFamily = 'y';
        document.body.append('text');
    },
});

group('realms', {
    'frame-fetch': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentWindow.fetch(u);
    },
    'frame-image': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        new el.contentWindow.Image().src = u;
    },
    'frame-document': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentDocument.createElement('img').src = u;
    },
    'frame-by-index': (u) => {
        document.body.append(document.createElement('iframe'));
        window[window.length - 1].fetch(u);
    },
    'frame-by-name': (u) => {
        const el = document.createElement('iframe');
        el.name = 'inside';
        document.body.append(el);
        window.inside.fetch(u);
    },
    'frame-by-markup': (u) => {
        document.body.innerHTML = '<iframe></iframe>';
        frames[0].fetch(u);
    },
    'frame-native-setter': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        Object.getOwnPropertyDescriptor(
            el.contentWindow.HTMLImageElement.prototype, 'src')
            .set.call(new Image(), u);
    },
    'frame-srcdoc-script': (u) => {
        const el = document.createElement('iframe');
        el.srcdoc = '<script>fetch("' + u + '")</scr' + 'ipt>';
        document.body.append(el);
    },
    'frame-javascript': (u) => {
        const el = document.createElement('iframe');
        el.src = 'javascript:fetch("' + u + '")';
        document.body.append(el);
    },
    'frame-first-party-text': (u, s, h, k, own) => {
        const el = document.createElement('iframe');
        el.onload = () => el.contentWindow.fetch(u);
        el.src = own('text/plain', 'text');
        document.body.append(el);
    },
    'worker-blob': (u) => new Worker(URL.createObjectURL(
        new Blob(['fetch("' + u + '")']))),
    'worker-blob-scripts': (u) => new Worker(URL.createObjectURL(
        new Blob(['importScripts("' + u + '")']))),
    'worker-data': (u) => new Worker(
        'data:text/javascript,fetch("' + u + '",{mode:"no-cors"})'),
    'worker-own': (u, s, h, k, own) => new Worker(
        own('text/javascript', 'fetch("' + u + '")')),
    'worker-own-module': (u, s, h, k, own) => new Worker(
        own('text/javascript', 'import "' + u + '"'), { type: 'module' }),
    'worker-socket': (u) => new Worker(URL.createObjectURL(new Blob(
        ['new WebSocket("' + u.replace('http', 'ws') + '")']))),
    'worker-shared': (u, s, h, k, own) => new SharedWorker(
        own('text/javascript', 'fetch("' + u + '")')),
    'service-worker': (u, s, h, k, own) => navigator.serviceWorker?.register(
        own('text/javascript', 'fetch("' + u + '")')),
});

group('forms and navigation', {
    'form-frame': (u) => {
        const frame = document.createElement('iframe');
        const form = document.createElement('form');
        frame.name = 'into';
        form.target = 'into';
        form.action = u;
        document.body.append(frame, form);
        form.submit();
    },
    'form-frame-click': (u) => {
        document.body.innerHTML = '<iframe name=here></iframe><form action="'
            + u + '" target=here><button id=b>x</button></form>';
        document.getElementById('b').click();
    },
    'form-post-frame': (u) => {
        const frame = document.createElement('iframe');
        const form = document.createElement('form');
        frame.name = 'posted';
        form.target = 'posted';
        form.method = 'post';
        form.action = u;
        document.body.append(frame, form);
        form.requestSubmit();
    },
    'link-frame': (u) => {
        const frame = document.createElement('iframe');
        const link = document.createElement('a');
        frame.name = 'linked';
        link.target = 'linked';
        link.href = u;
        document.body.append(frame, link);
        link.click();
    },
    'frame-location': (u) => {
        const frame = document.createElement('iframe');
        document.body.append(frame);
        frame.contentWindow.location = u;
    },
    'location': (u) => { location.href = u; },
    'location-assign': (u) => location.assign(u),
    'link-click': (u) => {
        const link = document.createElement('a');
        link.href = u;
        document.body.append(link);
        link.click();
    },
    'meta-refresh': (u) => {
        const el = document.createElement('meta');
        el.httpEquiv = 'refresh';
        el.content = '0;url=' + u;
        document.head.append(el);
    },
    'form-page': (u) => {
        const form = document.createElement('form');
        form.action = u;
        document.body.append(form);
        form.submit();
    },
});

group('WebRTC', {
    'turn': async (u, s, h) => {
        const pc = new RTCPeerConnection({ iceServers: [
            { urls: 'turns:' + h + ':443?transport=tcp', username: 'x',
              credential: 'x' }] });
        pc.createDataChannel('x');
        await pc.setLocalDescription(await pc.createOffer());
        window.pc = pc;
    },
    'turn-configured': async (u, s, h) => {
        const pc = new RTCPeerConnection();
        pc.setConfiguration({ iceServers: [
            { urls: ['turns:' + h + ':443?transport=tcp'], username: 'x',
              credential: 'x' }] });
        pc.createDataChannel('x');
        await pc.setLocalDescription(await pc.createOffer());
        window.pc = pc;
    },
});

group('cookies', {
    'cookie': (u, s, h, k) => { document.cookie = k + '=1'; },
    'cookie-attributes': (u, s, h, k) => {
        document.cookie = '  ' + k + ' =1; Path=/; Max-Age=9999';
    },
    'cookie-domain': (u, s, h, k) => {
        document.cookie = k + '=1; domain=site.example; max-age=999';
    },
    'cookie-descriptor': (u, s, h, k) => Object.getOwnPropertyDescriptor(
        Document.prototype, 'cookie').set.call(document, k + '=1'),
    'cookie-frame': (u, s, h, k) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentDocument.cookie = k + '=1';
    },
    'cookie-store': (u, s, h, k) => window.cookieStore.set(k, '1'),
    'cookie-store-object': (u, s, h, k) => window.cookieStore.set(
        { name: k, value: '1' }),
    'cookie-fetched': (u, s, h, k, own) => fetch(own('text/plain', 'x', k)),
    'cookie-image': (u, s, h, k, own) => {
        new Image().src = own('image/gif', 'x', k);
    },
});

group('storage', {
    'local': (u, s, h, k) => localStorage.setItem(k, 1),
    'local-prototype': (u, s, h, k) =>
        Storage.prototype.setItem.call(localStorage, k, 1),
    'local-property': (u, s, h, k) => { localStorage[k] = 1; },
    'local-define': (u, s, h, k) => Object.defineProperty(
        localStorage, k, { value: '1' }),
    'local-assign': (u, s, h, k) => Object.assign(localStorage, { [k]: 1 }),
    'local-frame': (u, s, h, k) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentWindow.localStorage.setItem(k, 1);
    },
    'local-frame-by-index': (u, s, h, k) => {
        document.body.append(document.createElement('iframe'));
        window[window.length - 1].localStorage.setItem(k, 1);
    },
    'local-frame-later': (u, s, h, k) => {
        document.body.append(document.createElement('iframe'));
        setTimeout(() => frames[0].localStorage.setItem(k, 1));
    },
    'session': (u, s, h, k) => sessionStorage.setItem(k, 1),
    'session-property': (u, s, h, k) => { sessionStorage[k] = 1; },
    'database': (u, s, h, k) => {
        const request = indexedDB.open(k, 1);
        request.onupgradeneeded = () => request.result
            .createObjectStore('x');
    },
    'database-frame': (u, s, h, k) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentWindow.indexedDB.open(k);
    },
});

// What was thought of later: rarer methods, values that change between two
// looks, and realms that are reached in other ways.

group('requests', {
    'fetch-later': (u, s) => window.fetchLater(s, { activateAfter: 0 }),
    'fetch-changing': (u) => {
        for (const i of [0, 1, 2]) {
            let n = 0;
            fetch({ toString: () => n++ < i ? '/x' : u }).catch(() => {});
        }
    },
    'fetch-open-frame': (u) => {
        const el = document.createElement('div');
        el.innerHTML = '<iframe name=opened></iframe>';
        document.body.append(el);
        window.open('', 'opened').fetch(u);
    },
    'import-json': (u) => (0, eval)('import("' + u
        + '", { with: { type: "json" } })'),
});

group('elements', {
    'link-manifest': (u) => {
        const el = document.createElement('link');
        el.rel = 'manifest';
        el.href = u;
        document.head.append(el);
    },
    'svg-paint-attribute': (u) => {
        document.body.innerHTML = '<svg><rect width=9 height=9></rect></svg>';
        document.querySelector('rect').setAttribute('mask',
                                                    'url(' + u + '#x)');
    },
    'svg-script-value': (u) => {
        const make = (name) => document.createElementNS(
            'http://www.w3.org/2000/svg', name);
        const el = make('svg');
        el.append(make('script'));
        document.body.append(el);
        el.lastChild.href.baseVal = u;
    },
    'image-attribute-text': (u) => {
        const el = document.createElement('img');
        el.setAttribute('src', '');
        el.attributes[0].textContent = u;
    },
    'image-toggled': (u) => {
        const el = new Image();
        const at = document.createAttributeNS(null, 'srcset');
        at.value = u;
        el.attributes.setNamedItemNS(at);
    },
    'object-realm': (u) => {
        const el = document.createElement('object');
        el.onload = () => el.contentWindow.fetch(u);
        el.data = 'about:blank';
        document.body.append(el);
    },
});

group('hints', {
    'preconnect-node': (u, s) => {
        const el = document.createElement('link');
        const at = document.createAttribute('href');
        at.value = s;
        el.rel = 'preconnect';
        el.setAttributeNode(at);
        document.head.append(el);
    },
    'preconnect-value': (u, s) => {
        const el = document.createElement('link');
        el.rel = 'preconnect';
        el.href = '/';
        document.head.append(el);
        el.attributes.href.value = s;
    },
    'preconnect-pieces': (u, s) => {
        document.open();
        document.write('<link rel=preconn');
        document.write('ect href="' + s);
        document.write('">');
        document.close();
    },
    'preconnect-parsed': (u, s) => {
        const other = new DOMParser().parseFromString(
            '<link xmlns="http://www.w3.org/1999/xhtml" rel="preconnect" href="'
            + s + '"/>', 'application/xhtml+xml');
        document.head.append(other.documentElement);
    },
    'preconnect-base': (u, s) => {
        const el = document.createElement('link');
        const base = document.createElement('base');
        el.rel = 'preconnect';
        el.href = 'x';
        base.href = s;
        document.head.append(base, el);
    },
    'preconnect-frame': (u, s) => {
        const el = document.createElement('iframe');
        el.srcdoc = '<link rel=preconnect href=' + s + '>';
        document.body.append(el);
    },
    'speculation-type-last': (u, s) => {
        const el = document.createElement('script');
        el.textContent = JSON.stringify({ prefetch: [
            { urls: [s], eagerness: 'immediate' }] });
        el.type = 'speculationrules';
        document.head.append(el);
    },
    'speculation-document': (u, s) => {
        const link = document.createElement('a');
        const el = document.createElement('script');
        link.href = s;
        document.body.append(link);
        el.type = 'speculationrules';
        el.textContent = JSON.stringify({ prefetch: [
            { where: { href_matches: '*://*/*' }, eagerness: 'immediate' }] });
        document.head.append(el);
    },
});

group('markup', {
    'fragment-svg': (u) => {
        const range = document.createRange();
        document.body.innerHTML = '<svg></svg>';
        range.selectNodeContents(document.body.firstChild);
        document.body.firstChild.append(range.createContextualFragment(
            '<image href="' + u + '"/>'));
    },
});

group('styles', {
    'style-moved': (u) => {
        const el = document.createElement('style');
        const text = document.createTextNode(
            'body { background: url("' + u + '") }');
        document.body.append(el, text);
        el.moveBefore(text, null);
    },
    'style-range': (u) => {
        const el = document.createElement('style');
        const range = document.createRange();
        document.head.append(el);
        range.selectNodeContents(el);
        range.insertNode(document.createTextNode(
            'body { background: url("' + u + '") }'));
    },
    'style-append-data': (u) => {
        const el = document.createElement('style');
        el.append('body ');
        document.head.append(el);
        el.firstChild.appendData('{ background: url("' + u + '") }');
    },
    'style-adjacent-text': (u) => {
        const el = document.createElement('style');
        document.head.append(el);
        el.insertAdjacentText('beforeend', 'body { background: url("' + u
                                           + '") }');
    },
    'style-replaced-text': (u) => {
        const el = document.createElement('style');
        el.append('x');
        document.head.append(el);
        el.firstChild.replaceWith('body { background: url("' + u + '") }');
    },
    'style-registered': (u) => {
        CSS.registerProperty({ name: '--w', syntax: '<image>',
                               inherits: true,
                               initialValue: 'url(' + u + ')' });
        document.body.style.background = 'var(--w)';
    },
    'style-keyframe-rule': (u) => {
        const el = document.createElement('style');
        el.textContent = '@keyframes w {} body { animation: w 9s }';
        document.head.append(el);
        el.sheet.cssRules[0].appendRule('from { background: url("' + u
                                        + '") }');
    },
    'style-declarative-root': (u) => {
        document.body.setHTMLUnsafe('<div><template shadowrootmode=open>'
            + '<p>x</p></template></div>');
        document.body.firstChild.shadowRoot.firstChild.style.background =
            'url("' + u + '")';
    },
});

group('realms', {
    'worker-database': (u, s, h, k) => new Worker(URL.createObjectURL(
        new Blob(['indexedDB.open("' + k + '")']))),
    'worker-blob-module': (u) => new Worker(URL.createObjectURL(new Blob(
        ['fetch("' + u + '")'], { type: 'text/javascript' })),
    { type: 'module' }),
    'worker-blob-nested': (u) => new Worker(URL.createObjectURL(new Blob(
        ['new Worker(URL.createObjectURL(new Blob(["fetch(\'' + u
         + '\')"])))']))),
    'worker-blob-request': (u) => new Worker(URL.createObjectURL(new Blob(
        ['let x = new XMLHttpRequest(); x.open("GET", "' + u
         + '"); x.send()']))),
    'frame-within-markup': (u) => {
        const el = document.createElement('div');
        el.innerHTML = '<p><iframe></iframe></p>';
        document.body.append(el);
        frames[0].fetch(u);
    },
});

group('WebRTC', {
    'turn-alias': async (u, s, h) => {
        const pc = new window.webkitRTCPeerConnection({ iceServers: [
            { urls: 'turns:' + h + ':443?transport=tcp', username: 'x',
              credential: 'x' }] });
        pc.createDataChannel('x');
        await pc.setLocalDescription(await pc.createOffer());
        window.pc = pc;
    },
    'turn-changing': async (u, s, h) => {
        window.pcs = [0, 1, 2].map((i) => {
            let n = 0;
            return new RTCPeerConnection({ iceServers: [
                { urls: { toString: () => 'turns:' + (n++ < i ? location.host
                          : h) + ':443?transport=tcp' },
                  username: 'x', credential: 'x' }] });
        });
        for (const pc of window.pcs) {
            pc.createDataChannel('x');
            await pc.setLocalDescription(await pc.createOffer());
        }
    },
});

group('cookies', {
    'cookie-changing': (u, s, h, k) => {
        for (const i of [0, 1, 2]) {
            let n = 0;
            document.cookie = { toString: () => (n++ < i ? 'x' : k) + '=1' };
        }
    },
    'cookie-store-changing': async (u, s, h, k) => {
        for (const i of [0, 1, 2]) {
            let n = 0;
            await window.cookieStore.set({
                get name() { return n++ < i ? 'x' : k; }, value: '1' });
        }
    },
    'cookie-object': (u, s, h, k) => new Promise((end) => {
        const el = document.createElement('object');
        el.onload = () => end(el.contentDocument.cookie = k + '=1');
        el.data = 'about:blank';
        document.body.append(el);
    }),
    'cookie-open': (u, s, h, k) => {
        document.body.innerHTML = '<iframe name=named></iframe>';
        window.open('', 'named').document.cookie = k + '=1';
    },
});

group('storage', {
    'local-changing': (u, s, h, k) => {
        for (const i of [0, 1, 2]) {
            let n = 0;
            localStorage.setItem({ toString: () => n++ < i ? 'x' : k }, 1);
        }
    },
    'local-frame-by-markup': (u, s, h, k) => {
        document.body.innerHTML = '<p><iframe></iframe></p>';
        frames[0].localStorage.setItem(k, 1);
    },
    'local-frame-in-fragment': (u, s, h, k) => {
        const part = document.createDocumentFragment();
        part.append(document.createElement('p'));
        part.firstChild.append(document.createElement('iframe'));
        document.body.append(part);
        frames[0].localStorage.setItem(k, 1);
    },
    'local-object': (u, s, h, k) => {
        const el = document.createElement('object');
        el.onload = () => el.contentWindow.localStorage.setItem(k, 1);
        el.data = 'about:blank';
        document.body.append(el);
    },
    'local-frameset': (u, s, h, k) => {
        const el = document.createElement('frameset');
        el.append(document.createElement('frame'));
        document.body.replaceWith(el);
        el.firstChild.contentWindow.localStorage.setItem(k, 1);
    },
    'local-srcdoc-again': (u, s, h, k) => {
        const el = document.createElement('iframe');
        el.srcdoc = 'x';
        el.onload = () => {
            el.onload = null;
            el.srcdoc = '<script>localStorage.setItem("' + k
                + '", 1)</scr' + 'ipt>';
        };
        document.body.append(el);
    },
    'local-blob-frame': (u, s, h, k) => {
        const el = document.createElement('iframe');
        el.src = URL.createObjectURL(new Blob(['<script>localStorage.setItem("'
            + k + '", 1)</scr' + 'ipt>'], { type: 'text/html' }));
        document.body.append(el);
    },
    'local-at-the-end': (u, s, h, k) => {
        addEventListener('unload', () => localStorage.setItem(k, 1));
        addEventListener('pagehide', () => { localStorage[k] = 1; });
    },
    'database-changing': (u, s, h, k) => {
        for (const i of [0, 1, 2]) {
            let n = 0;
            indexedDB.open({ toString: () => n++ < i ? 'x' : k });
        }
    },
    'database-object': (u, s, h, k) => {
        const el = document.createElement('object');
        el.onload = () => el.contentWindow.indexedDB.open(k);
        el.data = 'about:blank';
        document.body.append(el);
    },
});

// Frames that are no pages, workers and documents of the site's own, rarer
// interfaces, and markup and styles in odd places.

group('requests', {
    'websocket-stream': (u) =>
        new window.WebSocketStream(u.replace('http', 'ws')),
    'cache-add-all': async (u) => (await caches.open('y')).addAll([u]),
    'cache-add-request': async (u) => (await caches.open('z'))
        .add(new Request(u)),
    'xhr-frame': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        const x = new el.contentWindow.XMLHttpRequest();
        x.open('GET', u);
        x.send();
    },
    'beacon-frame': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentWindow.navigator.sendBeacon(u, 'x');
    },
    'fetch-removed-frame': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        const { fetch } = el.contentWindow;
        fetch(u).catch(() => {});
        setTimeout(() => el.remove(), 500);
    },
    'event-source-frame': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        new el.contentWindow.EventSource(u);
    },
    'payment-method': (u, s) => new PaymentRequest(
        [{ supportedMethods: s }],
        { total: { label: 'x', amount: { currency: 'EUR', value: '1' } } })
        .canMakePayment(),
    'federated-login': (u, s) => navigator.credentials.get({ identity: {
        providers: [{ configURL: s, clientId: 'x' }] } }),
    'import-css': (u) => (0, eval)('import("' + u
        + '", { with: { type: "css" } })'),
    'import-inline': (u) => {
        const el = document.createElement('script');
        el.type = 'module';
        el.textContent = 'import("' + u + '").catch(() => {})';
        document.head.append(el);
    },
    'import-map-scope': (u) => {
        const map = document.createElement('script');
        map.type = 'importmap';
        map.textContent = JSON.stringify({ scopes: { '/': {
            'far/': u + '/' } } });
        document.head.append(map);
        return import('far/x');
    },
});

group('elements', {
    'image-attribution': (u) => {
        const el = document.createElement('img');
        el.setAttribute('attributionsrc', u);
        el.src = u;
    },
    'image-before-document': (u) => {
        const other = document.implementation.createHTMLDocument('');
        const el = other.createElement('img');
        el.src = u;
        document.body.append(document.adoptNode(el));
    },
    'svg-animate-values': (u) => {
        document.body.innerHTML = '<svg><image><animate attributeName="href" '
            + 'values="' + u + ';' + u + '" dur="1s"/></image></svg>';
    },
    'svg-style': (u) => {
        const make = (name) => document.createElementNS(
            'http://www.w3.org/2000/svg', name);
        const el = make('svg');
        el.append(make('style'));
        el.firstChild.textContent = 'body { background: url("' + u + '") }';
        document.body.append(el);
    },
    'source-late': (u) => {
        document.body.innerHTML = '<picture><source><img></picture>';
        document.querySelector('source').setAttribute('srcset', u);
    },
    'table-background': (u) => {
        document.body.innerHTML = '<table background="' + u
            + '"><tr><td>x</table>';
    },
    'input-attribute': (u) => {
        const el = document.createElement('input');
        el.setAttribute('src', u);
        el.setAttribute('type', 'image');
        document.body.append(el);
    },
    'embed-attribute': (u) => {
        const el = document.createElement('embed');
        el.setAttribute('src', u);
        el.setAttribute('type', 'text/html');
        document.body.append(el);
    },
    'script-toggled': (u) => {
        const el = document.createElement('script');
        document.head.append(el);
        el.toggleAttribute('async', false);
        el.setAttributeNS('', 'src', u);
    },
    'iframe-prototype': (u) => {
        const el = document.createElement('iframe');
        Element.prototype.setAttribute.call(el, 'src', u);
        document.body.append(el);
    },
    'iframe-sandbox': (u) => {
        const el = document.createElement('iframe');
        el.sandbox = 'allow-scripts';
        el.srcdoc = '<script>new Image().src = "' + u + '"</scr' + 'ipt>';
        document.body.append(el);
    },
    'iframe-written': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentDocument.open();
        el.contentDocument.write('<script>fetch("' + u + '")</scr' + 'ipt>');
        el.contentDocument.close();
    },
    'link-icon': (u) => {
        const el = document.createElement('link');
        el.rel = 'preload';
        el.setAttribute('imagesrcset', u + ' 1x');
        el.setAttribute('as', 'image');
        document.head.append(el);
    },
});

group('markup', {
    'set-html-shadow': (u) => {
        const el = document.createElement('div');
        document.body.append(el);
        el.attachShadow({ mode: 'open' }).setHTMLUnsafe(
            '<img src="' + u + '">');
    },
    'markup-entities-frame': (u) => {
        document.body.innerHTML = '<object data="' + u + '"></object>';
    },
    'markup-math': (u) => {
        document.body.innerHTML = '<math><mtext><img src="' + u
            + '"></mtext></math>';
    },
    'markup-foreign': (u) => {
        document.body.innerHTML = '<svg><foreignObject><img src="' + u
            + '"></foreignObject></svg>';
    },
    'markup-noscript': (u) => {
        document.body.innerHTML = '<noscript><p title="</noscript><img src='
            + u + '>">';
    },
    'write-open': (u) => {
        document.open();
        document.write('<!doctype html><script>new Image().src = "' + u
                       + '"</scr' + 'ipt>');
        document.close();
    },
    'template-markup': (u) => {
        document.body.innerHTML = '<template><img src="' + u
            + '"></template>';
        document.body.append(
            document.body.firstChild.content.cloneNode(true));
    },
    'outer-html-detached': (u) => {
        const el = document.createElement('div');
        el.append(document.createElement('p'));
        el.firstChild.outerHTML = '<video src="' + u + '" autoplay></video>';
    },
});

group('styles', {
    'insert-rule-import': (u) => {
        const el = document.createElement('style');
        document.head.append(el);
        el.sheet.insertRule('@import "' + u + '"');
    },
    'insert-rule-font': (u) => {
        const el = document.createElement('style');
        document.head.append(el);
        el.sheet.insertRule('@font-face { font-family: q; src: url("' + u
                            + '") }');
        document.body.style.fontFamily = 'q';
        document.body.append('text');
    },
    'style-mask': (u) => {
        document.body.style.maskImage = 'url("' + u + '")';
    },
    'style-list': (u) => {
        document.body.innerHTML = '<ul><li>x</ul>';
        document.querySelector('ul').style.listStyleImage = 'url(' + u + ')';
    },
    'style-border': (u) => document.body.setAttribute(
        'style', 'border: 9px solid; border-image: url(\'' + u + '\') 9'),
    'style-shape': (u) => {
        const el = document.createElement('p');
        el.style.cssText = 'float: left; shape-outside: url("' + u + '")';
        document.body.append(el);
    },
    'style-pseudo': (u) => {
        const el = document.createElement('style');
        el.textContent = 'body::before { content: url(' + u + ') }';
        document.head.append(el);
    },
    'rule-style-map': (u) => {
        const el = document.createElement('style');
        el.textContent = 'body { color: red }';
        document.head.append(el);
        el.sheet.cssRules[0].styleMap.set('background-image',
                                          'url("' + u + '")');
    },
    'rule-property': (u) => {
        const el = document.createElement('style');
        el.textContent = 'body { color: red }';
        document.head.append(el);
        el.sheet.cssRules[0].style.setProperty('background',
                                               'url("' + u + '")');
    },
    'style-computed': (u) => {
        document.body.style.setProperty('--a', 'url("' + u + '")');
        document.body.style.background = 'var(--a)';
    },
    'adopted-sheet-frame': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        const sheet = new el.contentWindow.CSSStyleSheet();
        sheet.insertRule('body { background: url("' + u + '") }');
        el.contentDocument.adoptedStyleSheets = [sheet];
    },
    'font-face-frame': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        return new el.contentWindow.FontFace('x', 'url("' + u + '")').load();
    },
});

group('realms', {
    'worker-module-import': (u) => new Worker(URL.createObjectURL(new Blob(
        ['import("' + u + '").catch(() => {})'],
        { type: 'text/javascript' })), { type: 'module' }),
    'worker-beacon-source': (u) => new Worker(URL.createObjectURL(new Blob(
        ['new EventSource("' + u + '")']))),
    'worker-cache': (u) => new Worker(URL.createObjectURL(new Blob(
        ['caches.open("x").then((c) => c.add("' + u + '"))']))),
    'worker-url-object': (u) => new Worker(new URL(URL.createObjectURL(
        new Blob(['fetch("' + u + '")'])))),
    'worker-revoked': (u) => {
        const url = URL.createObjectURL(new Blob(['fetch("' + u + '")']));
        new Worker(url);
        URL.revokeObjectURL(url);
    },
    'worker-shared-blob': (u) => new SharedWorker(URL.createObjectURL(
        new Blob(['fetch("' + u + '")']))),
    'worker-frame': (u) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        const w = el.contentWindow;
        new w.Worker(w.URL.createObjectURL(new Blob(['fetch("' + u + '")'])));
    },
    'worker-database-nested': (u, s, h, k) => new Worker(URL.createObjectURL(
        new Blob(['new Worker(URL.createObjectURL(new Blob(['
                  + '"indexedDB.open(\'' + k + '\')"])))']))),
    'worker-database-shared': (u, s, h, k) => new SharedWorker(
        URL.createObjectURL(new Blob(['indexedDB.open("' + k + '")']))),
    'worker-database-module': (u, s, h, k) => new Worker(URL.createObjectURL(
        new Blob(['indexedDB.open("' + k + '")'],
                 { type: 'text/javascript' })), { type: 'module' }),
    'worker-database-own': (u, s, h, k, own) => new Worker(
        own('text/javascript', 'indexedDB.open("' + k + '")')),
    'worker-database-own-shared': (u, s, h, k, own) => new SharedWorker(
        own('text/javascript', 'indexedDB.open("' + k + '")')),
    'worker-database-own-module': (u, s, h, k, own) => new Worker(
        own('text/javascript', 'indexedDB.open("' + k + '")'),
        { type: 'module' }),
    'service-worker-database': (u, s, h, k, own) =>
        navigator.serviceWorker?.register(own('text/javascript',
            'indexedDB.open("' + k + '")')),
    'service-worker-cookie': async (u, s, h, k, own) => {
        await navigator.serviceWorker.register(own('text/javascript',
            'cookieStore.set("' + k + '", "1")'));
        await new Promise((go) => setTimeout(go, 500));
    },
});

group('cookies', {
    'cookie-frame-text': (u, s, h, k, own) => new Promise((end) => {
        const el = document.createElement('iframe');
        el.onload = () => end(el.contentDocument.cookie = k + '=1');
        el.src = own('text/plain', 'text');
        document.body.append(el);
    }),
    'cookie-frame-image': (u, s, h, k, own) => new Promise((end) => {
        const el = document.createElement('iframe');
        el.onload = () => end(el.contentDocument.cookie = k + '=1');
        el.src = own('image/svg+xml',
                     '<svg xmlns="http://www.w3.org/2000/svg"/>');
        document.body.append(el);
    }),
    'cookie-frame-written': (u, s, h, k) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentDocument.write('<script>document.cookie = "' + k
                                 + '=1"</scr' + 'ipt>');
    },
    'cookie-frame-script': (u, s, h, k) => new Promise((end) => {
        const el = document.createElement('iframe');
        el.onload = end;
        el.srcdoc = '<script>document.cookie = "' + k + '=1"</scr' + 'ipt>';
        document.body.append(el);
    }),
    'cookie-frame-javascript': async (u, s, h, k) => {
        const el = document.createElement('iframe');
        el.src = 'javascript:void(document.cookie="' + k + '=1")';
        document.body.append(el);
        await new Promise((go) => setTimeout(go, 300));
    },
    'cookie-partitioned': (u, s, h, k) => {
        document.cookie = k + '=1; Secure; SameSite=None; Partitioned';
        document.cookie = k + '=1; max-age=99';
    },
    'cookie-store-frame': (u, s, h, k) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        return el.contentWindow.cookieStore.set(k, '1');
    },
});

group('storage', {
    'local-frame-text': (u, s, h, k, own) => {
        const el = document.createElement('iframe');
        el.onload = () => el.contentWindow.localStorage.setItem(k, 1);
        el.src = own('text/plain', 'text');
        document.body.append(el);
    },
    'local-frame-descriptor': (u, s, h, k) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        Object.getOwnPropertyDescriptor(el.contentWindow, 'localStorage')
            .get.call(window).setItem(k, 1);
    },
    'session-frame': (u, s, h, k) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentWindow.sessionStorage.setItem(k, 1);
    },
    'session-define': (u, s, h, k) => Object.defineProperty(
        sessionStorage, k, { value: '1' }),
    'database-frame-text': (u, s, h, k, own) => {
        const el = document.createElement('iframe');
        el.onload = () => el.contentWindow.indexedDB.open(k);
        el.src = own('text/plain', 'text');
        document.body.append(el);
    },
    'database-prototype': (u, s, h, k) =>
        IDBFactory.prototype.open.call(indexedDB, k),
    'database-frame-factory': (u, s, h, k) => {
        const el = document.createElement('iframe');
        document.body.append(el);
        el.contentWindow.IDBFactory.prototype.open.call(indexedDB, k);
    },
    'database-bucket': async (u, s, h, k) => {
        const { indexedDB: inside }
            = await navigator.storageBuckets.open('default');
        inside.open(k);
        indexedDB.open(k);
    },
    'database-srcdoc': (u, s, h, k) => {
        const el = document.createElement('iframe');
        el.srcdoc = '<script>indexedDB.open("' + k + '")</scr' + 'ipt>';
        document.body.append(el);
    },
});

export default Object.values(ways);

// What passes, by the reason for it.  `policy`: the policy alone; `guard`: the
// guard alone; `both`: what is left of it; `strict`: what is left of that.

const navigation = ['location', 'location-assign', 'link-click',
                    'meta-refresh', 'form-page'];
const inGroup = (group) => Object.values(ways)
    .filter((way) => way.group === group).map((way) => way.id);

export const past = {
    policy: {
        'policies do not govern navigation of the page itself': navigation,
        'policies do not govern connections made ahead': [
            'preconnect', 'preconnect-href-first', 'preconnect-markup',
            'preconnect-shadow', 'speculation-rules', 'preconnect-node',
            'preconnect-value', 'preconnect-pieces', 'preconnect-parsed',
            'preconnect-frame', 'speculation-type-last',
            'speculation-document'],
        'policies do not govern WebRTC': inGroup('WebRTC'),
        'policies do not govern storage': [
            ...inGroup('cookies'), ...inGroup('storage'),
            ...inGroup('realms').filter((id) => /database|cookie/.test(id))],
    },
    guard: {
        'navigation is left alone': [...navigation, 'link-frame',
                                     'frame-location', 'iframe-location'],
        'imports are syntax, which no script comes between': [
            'import', 'import-blob', 'import-json', 'import-css',
            'import-inline', 'script-module-inline', 'worker-module-import'],
        'workers of the site\'s own get it with a policy; of data, none': [
            'worker-data', 'worker-own', 'worker-own-module', 'worker-shared',
            'worker-database-own', 'worker-database-own-shared',
            'worker-database-own-module', 'service-worker',
            'service-worker-database', 'service-worker-cookie'],
        'documents made of data are not looked into': [
            'iframe-data', 'iframe-blob', 'iframe-sandbox'],
        'frames that the guard is not in yet': [
            'frame-by-markup', 'frame-within-markup'],
        'attributes as nodes or values, and rare ones, are not watched': [
            'image-attribute-node', 'image-attribute-map',
            'image-attribute-value', 'image-attribute-node-value',
            'image-svg-value', 'image-svg-animated',
            'image-background-attribute', 'table-background',
            'image-filter', 'svg-animate-values',
            'stylesheet-instruction', 'xslt',
            'ping', 'ping-attribute', 'exec-command-image',
            'image-attribute-text', 'image-toggled', 'svg-paint-attribute',
            'svg-script-value', 'preconnect-node', 'preconnect-value'],
        'rare methods that the policy governs are left to it': [
            'cache-add', 'cache-add-all', 'cache-add-request', 'worker-cache',
            'worklet', 'audio-worklet', 'font-face', 'font-face-added',
            'font-face-frame', 'payment-method', 'federated-login'],
        'a base that leads away is not looked at': [
            'preconnect-base', 'image-base'],
        'markup that comes in pieces, or has two readings': [
            'write-pieces', 'preconnect-pieces', 'markup-noscript'],
        'rules for prefetching that name no address, or are rules later': [
            'speculation-document', 'speculation-type-last'],
        'values that change between two looks are not copied': [
            'fetch-changing', 'turn-changing'],
        'of styles, only texts and attributes are looked at': [
            'style-escapes', 'rule-style', 'animation', 'style-moved',
            'style-range', 'style-append-data', 'style-adjacent-text',
            'style-replaced-text', 'style-registered',
            'style-declarative-root', 'rule-style-map'],
    },
    both: {
        'left to strict: navigation of the page itself': navigation,
        'left to strict: connections made ahead by what is not watched': [
            'preconnect-node', 'preconnect-value', 'preconnect-pieces',
            'speculation-document', 'speculation-type-last'],
        'left to strict: servers that change between two looks': [
            'turn-changing'],
    },
    strict: {},
};
