'use client';

import { useEffect, useState } from 'react';

export default function More() {
    const [more, setMore] = useState(0);
    const [ready, setReady] = useState(false);

    useEffect(() => setReady(true), []);

    return (
        <section style={{ backgroundImage:
            'url("https://i.ytimg.com/vi/abc/back.jpg")' }}>
            <button id="more" type="button" data-ready={ready}
                onClick={() => setMore(more + 1)}>More ({more})</button>
            <img alt="" width="30" height="30"
                src={`https://secure.gravatar.com/avatar/more?s=${more}`} />
            {more > 0 && <iframe title="A film" width="320" height="180"
                src="https://player.vimeo.com/video/146022717" />}
        </section>
    );
}
