import More from './more';

export default function Home() {
    return (
        <main>
            <h1>Nordkai</h1>
            <img alt="The harbour" width="40" height="40"
                src="https://secure.gravatar.com/avatar/abc?s=40" />
            <More />
        </main>
    );
}
