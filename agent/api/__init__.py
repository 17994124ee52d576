"""The agent's face to its page: JSON-RPC over a websocket, downloads, and the built page itself."""
