module.exports = {
    title: 'Nordkai',
    url: 'https://www.docusaurus.example',
    baseUrl: '/',
    onBrokenLinks: 'ignore',
    future: { v4: false },
    presets: [['classic', {
        blog: false,
        docs: { routeBasePath: '/docs', sidebarPath: undefined },
        gtag: { trackingID: 'G-DOCU123456', anonymizeIP: true },
        googleTagManager: { containerId: 'GTM-DOCU123' },
    }]],
    stylesheets: [
        'https://fonts.googleapis.com/css2?family=Roboto:wght@400;700',
    ],
    scripts: [
        { src: 'https://plausible.io/js/script.js', defer: true },
        { src: 'https://client.crisp.chat/l.js', async: true },
        { src: 'https://connect.nosto.com/include/abc123', async: true },
    ],
    themeConfig: {
        navbar: { title: 'Nordkai', items: [
            { to: '/docs/film', label: 'A film' },
            { to: '/docs/about', label: 'About' },
        ] },
        algolia: { appId: 'BH4D9OD16A', apiKey: 'abc', indexName: 'nordkai' },
    },
};
