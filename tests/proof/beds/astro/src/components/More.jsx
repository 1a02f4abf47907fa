import { useState } from 'react';

export default function More() {
    const [more, setMore] = useState(0);

    return (
        <section>
            <button id="more" type="button" onClick={() => setMore(more + 1)}>
                More ({more})
            </button>
            <img alt="" width="30" height="30"
                src={`https://secure.gravatar.com/avatar/more?s=${more}`} />
        </section>
    );
}
