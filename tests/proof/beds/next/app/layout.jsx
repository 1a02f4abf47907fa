import { GoogleAnalytics, GoogleTagManager } from '@next/third-parties/google';
import Link from 'next/link';
import Script from 'next/script';

import './site.css';

export const metadata = { title: 'Nordkai' };

export default function Layout({ children }) {
    return (
        <html lang="en">
            <head>
                <link rel="preconnect" href="https://fonts.gstatic.com"
                    crossOrigin="anonymous" />
                <link rel="stylesheet" precedence="default"
                    href="https://fonts.googleapis.com/css2?family=Roboto" />
                <link rel="stylesheet"
                    href="https://fonts.googleapis.com/css?family=Lora" />
                <script id="lang" dangerouslySetInnerHTML={{ __html:
                    'document.documentElement.dataset.js = "on"' }} />
                <script async src="https://snap.licdn.com/li.lms-analytics/insight.min.js" />
            </head>
            <GoogleTagManager gtmId="GTM-NEXT123" />
            <body>
                <nav>
                    <Link href="/">Home</Link> <Link href="/film">A film</Link>
                    {' '}<Link href="/map">The way</Link>
                </nav>
                {children}
                <noscript>
                    <img height="1" width="1" alt=""
                        src="https://www.facebook.com/tr?id=555&ev=PageView&noscript=1" />
                </noscript>
                <Script id="clarity" strategy="afterInteractive">{`
                    (function(c,l,a,r,i,t,y){
                        c[a]=c[a]||function(){(c[a].q=c[a].q||[]).push(arguments)};
                        t=l.createElement(r);t.async=1;t.src="https://www.clarity.ms/tag/"+i;
                        y=l.getElementsByTagName(r)[0];y.parentNode.insertBefore(t,y);
                    })(window, document, "clarity", "script", "abc123");`}
                </Script>
                <Script src="https://client.crisp.chat/l.js"
                    strategy="lazyOnload" />
                <Script src="https://connect.nosto.com/include/abc123"
                    strategy="afterInteractive" />
                <Script src="https://static.hotjar.com/c/hotjar-123456.js?sv=6"
                    strategy="beforeInteractive" />
            </body>
            <GoogleAnalytics gaId="G-NEXT123456" />
        </html>
    );
}
