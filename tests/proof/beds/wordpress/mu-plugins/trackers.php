<?php
/* What plugins for statistics, adverts, chat and fonts put into a page. */

add_action('wp_head', function () {
?>
<!-- Google tag (gtag.js) snippet -->
<script src="https://www.googletagmanager.com/gtag/js?id=G-WORDPRESS1" id="google_gtagjs-js" async></script>
<script id="google_gtagjs-js-after">
window.dataLayer = window.dataLayer || [];function gtag(){dataLayer.push(arguments);}
gtag("js", new Date());
gtag("config", "G-WORDPRESS1");
gtag("config", "AW-987654321");
</script>
<!-- Meta Pixel Code -->
<script>
!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?
n.callMethod.apply(n,arguments):n.queue.push(arguments)};if(!f._fbq)f._fbq=n;
n.push=n;n.loaded=!0;n.version='2.0';n.queue=[];t=b.createElement(e);t.async=!0;
t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,
document,'script','https://connect.facebook.net/en_US/fbevents.js');
fbq('init', '555', {}, { 'agent': 'wordpress-6.5' });
fbq('track', 'PageView', []);
</script>
<script>
  var _paq = window._paq = window._paq || [];
  _paq.push(['trackPageView']);
  _paq.push(['enableLinkTracking']);
  (function() {
    var u="https://nordkai.matomo.cloud/";
    _paq.push(['setTrackerUrl', u+'matomo.php']);
    _paq.push(['setSiteId', '1']);
    var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];
    g.async=true; g.src='https://cdn.matomo.cloud/nordkai.matomo.cloud/matomo.js'; s.parentNode.insertBefore(g,s);
  })();
</script>
<?php
});

add_action('wp_enqueue_scripts', function () {
    wp_enqueue_style('nordkai-fonts',
                     'https://fonts.googleapis.com/css?family=Roboto', array(),
                     null);
    wp_enqueue_script('nosto', 'https://connect.nosto.com/include/abc123',
                      array(), null, true);
});

add_action('wp_footer', function () {
?>
<noscript><img height="1" width="1" style="display:none" alt=""
src="https://www.facebook.com/tr?id=555&ev=PageView&noscript=1"></noscript>
<script type="text/javascript">window.$crisp=[];CRISP_WEBSITE_ID="abc-def";(function(){d=document;s=d.createElement("script");s.src="https://client.crisp.chat/l.js";s.async=1;d.getElementsByTagName("head")[0].appendChild(s);})();</script>
<?php
});
