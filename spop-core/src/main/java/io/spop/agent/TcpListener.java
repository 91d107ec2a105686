package io.spop.agent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

import io.netty.handler.ipfilter.IpFilterRule;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/**
 * A listener on a TCP address. Immutable.
 * <p>
 * SPOP has no authentication. Listen on loopback or on a private network, or use
 * {@linkplain #tls(Supplier) TLS} with client certificates.
 *
 * @since 0.1.0
 * @see SpopListener#tcp(String, InetSocketAddress)
 */
public final class TcpListener extends SpopListener {

	private final InetSocketAddress address;

	private final List<IpFilterRule> allowed;

	private final @Nullable Supplier<SslContext> tls;

	TcpListener(String name, InetSocketAddress address) {
		this(name, Objects.requireNonNull(address, "address"), List.of(), null);
	}

	private TcpListener(String name, InetSocketAddress address, List<IpFilterRule> allowed,
			@Nullable Supplier<SslContext> tls) {
		super(name);
		this.address = address;
		this.allowed = allowed;
		this.tls = tls;
	}

	/**
	 * Return this listener with TLS. Only the JDK's TLS provider is tested. The context
	 * has the list of TLS versions and cipher suites. A context without such a list
	 * allows all defaults of Netty, including cipher suites with RSA key exchange or CBC.
	 * With TLS 1.2, the agent closes a connection whose peer asks for another handshake.
	 * The slow parts of a handshake, such as calls of key managers and trust managers,
	 * run on a few threads of the agent that may block.
	 * @param context returns a context for servers, which has the certificate of the
	 * agent and decides whether clients need a certificate. It is called for each new
	 * connection, so the context can be replaced while the agent runs. It is called on an
	 * event loop and must not block or throw an exception.
	 * @return a new listener
	 */
	public TcpListener tls(Supplier<SslContext> context) {
		return new TcpListener(name(), this.address, this.allowed, Objects.requireNonNull(context, "context"));
	}

	/**
	 * Return this listener with a list of allowed addresses. A connection from any other
	 * address is closed at once.
	 * @param addresses addresses, IPv4 and IPv6, such as {@code 192.0.2.1}, and networks
	 * in CIDR notation, such as {@code 10.0.0.0/8} and {@code 2001:db8::/32}, without the
	 * scope of an address, such as {@code %eth0}
	 * @return a new listener
	 * @throws IllegalArgumentException if the collection is empty, or if a text is not an
	 * address or a network
	 */
	public TcpListener allow(Collection<String> addresses) {
		if (Objects.requireNonNull(addresses, "addresses").isEmpty()) {
			throw new IllegalArgumentException("Give at least one address: without one, nobody could connect");
		}
		return new TcpListener(name(), this.address, addresses.stream().map(TcpListener::rule).toList(), this.tls);
	}

	private static IpFilterRule rule(String text) {
		int slash = Objects.requireNonNull(text, "an element of addresses").indexOf('/');
		String address = (slash < 0) ? text : text.substring(0, slash);
		// getByName() asks DNS for a name. Netty reads the IPv4 address in ::192.0.2.1
		boolean valid = NetUtil.isValidIpV4Address(address)
				|| (NetUtil.isValidIpV6Address(address) && !address.contains("%"));
		if (!valid) {
			throw new IllegalArgumentException("'" + text
					+ "' is not an IP address or network: write it as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32");
		}
		try {
			InetAddress inet = InetAddress.getByName(address);
			int bits = 8 * inet.getAddress().length;
			int prefix = (slash < 0) ? bits : Integer.parseInt(text.substring(slash + 1));
			if (prefix < 0 || prefix > bits) {
				throw new IllegalArgumentException("The number after the '/' in '" + text + "' is 0 to " + bits);
			}
			return new IpSubnetFilterRule(inet, prefix, IpFilterRuleType.ACCEPT);
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("A number has to follow the '/' in '" + text + "'", ex);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public InetSocketAddress address() {
		return this.address;
	}

	@Override
	public boolean isTls() {
		return this.tls != null;
	}

	/**
	 * Return the supplier of the context for new connections, or {@code null} without
	 * TLS.
	 */
	@Nullable Supplier<SslContext> context() {
		return this.tls;
	}

	/**
	 * Return rules that match the allowed addresses, or no rules if all addresses are
	 * allowed.
	 */
	List<IpFilterRule> allowed() {
		return this.allowed;
	}

}
