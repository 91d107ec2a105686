/**
 * The agent: a server that HAProxy connects to. One handler handles all NOTIFY frames.
 *
 * <pre class="code">
 * BoundSpopAgent agent = SpopAgent.create()
 *     .listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 12345)))
 *     .handler((exchange) -> Mono.just(Actions.set(VarScope.TRANSACTION, "my_var", "tequila")))
 *     .bind();
 * </pre>
 *
 * @see io.spop.agent.SpopAgent
 */
@NullMarked
package io.spop.agent;

import org.jspecify.annotations.NullMarked;
